"""What runs on one machine: embedded databases, the process tree, the browser. Standard library only."""

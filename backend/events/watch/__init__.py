"""Whether whatever has to run does run: each job and each process leaves a heartbeat, and says when the next is due.

What has to run is not listed by hand: every periodic job of every room, every room that listens to the log, every shard
of the relay. Whoever runs writes once per run; whoever dies writes nothing, and is late by the database's clock.
"""

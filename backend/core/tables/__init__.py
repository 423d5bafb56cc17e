"""Tables as people send them: CSV in any dress, and XLSX."""

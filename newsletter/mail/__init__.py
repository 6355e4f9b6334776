"""From message bytes to a server or a file, and back from replies."""

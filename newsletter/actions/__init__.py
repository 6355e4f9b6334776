"""The verbs: ingest, compose, deliver, subscribe."""

"""The operator's pages, on their own listener."""

"""From papers and a topic profile to scored candidates and items."""

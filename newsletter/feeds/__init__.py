"""From a feed's address or bytes to papers."""

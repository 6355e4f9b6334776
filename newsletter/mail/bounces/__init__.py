"""Mail that comes back: raw bytes -> a verdict about each recipient it names."""

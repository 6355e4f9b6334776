"""From an abstract to one true sentence."""

"""Newly published papers, ranked for each subscriber and mailed as a personal digest."""

__version__ = "0.1.0"

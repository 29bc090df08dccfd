"""Groups of closely linked accounts."""

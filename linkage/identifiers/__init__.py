"""Exact identifiers: who used which value, how rare it is, which are hubs."""

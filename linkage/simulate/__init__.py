"""Worlds with planted campaigns and honest look-alikes."""

"""Shared identifiers become evidence, evidence becomes links."""

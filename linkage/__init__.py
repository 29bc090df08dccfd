"""Find the accounts one operator runs in an AI provider's logs."""

__version__ = "0.1.0"

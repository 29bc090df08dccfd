"""A triage app on loopback: a queue of campaigns, pages to pivot through, decisions in an append-only log."""

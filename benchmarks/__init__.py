"""Scripts that each answer one question with figures; names with an underscore are their helpers."""

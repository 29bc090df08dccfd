"""Read logs into contract tables; write a run folder."""

from linkage.io.guard import guard
from linkage.io.read import Tables, read

__all__ = ["Tables", "guard", "read"]

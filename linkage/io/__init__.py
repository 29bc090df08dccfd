"""Read logs into contract tables; write a run folder."""

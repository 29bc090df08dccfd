"""What two accounts do alike: prompts, times, failover, succession."""

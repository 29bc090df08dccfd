"""Read logs into contract tables; write a run folder."""

from linkage.io.campaign import Campaign, Campaigns
from linkage.io.guard import guard
from linkage.io.read import Tables, read
from linkage.io.run import Run
from linkage.io.write import check_output, write_run

__all__ = ["Campaign", "Campaigns", "Run", "Tables", "check_output", "guard", "read", "write_run"]

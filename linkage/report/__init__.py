"""The page an investigator opens."""

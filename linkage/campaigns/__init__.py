"""Communities assessed: campaigns, honest groups, members."""

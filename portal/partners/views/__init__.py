"""Pages of members: joining, their settings, the other members."""

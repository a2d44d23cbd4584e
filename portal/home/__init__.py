"""The first page: it sends everybody where their work is."""

"""The staff's pages, one file per subject."""

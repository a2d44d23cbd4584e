"""A partner's first page: what waits, what comes, what deserves a look. And the way everybody finds theirs."""

"""Pages of dates, and of the courses that they belong to."""

"""What touches all bookings of a date at once: the date falls through, and the sheet for the day itself."""

"""Pages of bookings: `pages` for members, `links` for whoever holds a mail, `webhooks` for other systems."""

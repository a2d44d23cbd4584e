"""Rebooking: a customer moves a booking to another date of the partner, by a link and without a login.

It owns the links to rebook, the holds behind them, the wishes of customers whom nothing fits, and the terms about
prices. Bookings and dates do not know it: it follows their events, and shows itself in their slots.
"""

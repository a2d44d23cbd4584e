"""Seats on a date: what the shop sold, and what the partner promised.

Owns bookings, their customers, the decisions about them and the import of orders. It does not know that a booking
can be moved (`rebooking`), checked in or paid out: those subscribe to its events.
"""

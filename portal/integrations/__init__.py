"""The systems outside, in our words: each folder holds a narrow protocol, the real adapter, its twin.

It owns the wire formats, the classes of errors (try again, stop, give up) and the tables of the twins, which
stand for systems of others and therefore belong to no partner. It knows nothing of bookings, partners, jobs
or pages; which adapter is used stands in the settings, and features see only the protocols.
"""

"""The demo: a small shop anybody orders in, a mailbox that shows every mail, the ticket list, sample data.

Installed in demo mode (and for tests) only. It stands for the systems outside, so it writes into the shop as
Magento would and otherwise changes bookings by their own operations; nothing of the portal knows it.
"""

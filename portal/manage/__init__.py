"""The staff's pages: what is broken, what waits, whose orders nobody knows, and the partners.

It composes what the modules below announce and owns no data.
"""

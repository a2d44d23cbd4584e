"""Orders of the shop become bookings here, a page at a time, each page in one transaction.

`page` sorts a page out, `catalog` makes courses and dates, `new` makes bookings (`heirs` those of an
edited order), `changed` follows the shop,
`runs` is what jobs and commands call.
"""

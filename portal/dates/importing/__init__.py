"""Courses and dates of the shop come in here, a page at a time, each page in one transaction.

`offers` finds each partner's share of a page, `courses` and `dates` make and follow the rows, `seats` keeps what the
shop says of its stock, `page` does it for a page, `runs` is what jobs and commands call.
"""

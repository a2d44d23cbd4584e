"""Sample data: a shop with a history, told through the same operations that real orders go through.

`catalog` says who sells what, `stories` who ordered what and how it went, `telling` lets it happen in the
order of time. Every day begins with the same data, placed around the moment of seeding.
"""

from portal.demo.seeding.seed import seed

__all__ = ["seed"]

"""What the shop says of seats: how many it still sells, and with what it has sold, how many there are."""

from collections.abc import Collection

from django.db.models import Sum

from portal.dates.models import CourseDate, SeatEntry


def sold_by_shop(date_ids: Collection[int]) -> dict[int, int]:
    """Seats the shop counts as sold, by date. Call it with the dates locked: then it stays true until the commit."""
    entries = SeatEntry.objects.filter(course_date_id__in=date_ids)
    return dict(entries.values_list("course_date_id").annotate(Sum("shop_quantity")))


def follow_stock(row: CourseDate, salable: int | None, *, sold: int) -> set[str]:
    """Keep what the shop still sells. The first time, it says how many seats there are; later only what differs.

    :returns: the columns to save
    """
    total = None if salable is None else salable + sold
    values = {"shop_salable": salable, "shop_total": total}
    if row.capacity is None and row.shop_total is None and total is not None:
        values["capacity"] = total
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    return changed

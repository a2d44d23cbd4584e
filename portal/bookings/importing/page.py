"""One page of orders, sorted out and taken in."""

from collections.abc import Collection, Iterable
from datetime import datetime

from portal.bookings.importing.catalog import Catalog, Matched, date_ids
from portal.bookings.importing.changed import follow_changes
from portal.bookings.importing.erased import without_erased
from portal.bookings.importing.lines import Item
from portal.bookings.importing.new import make_bookings
from portal.bookings.importing.report import Report
from portal.bookings.models import Booking, UnmatchedOrder
from portal.bookings.operations.locking import lock_orders
from portal.core.tenancy import register_system_reason, system
from portal.dates.importing.turn import take_import_turn
from portal.integrations.shop import LineKind, ShopOrder
from portal.partners.models import Partner

IMPORT = register_system_reason("import of orders")


def import_page(orders: Collection[ShopOrder], report: Report, *, at: datetime) -> None:
    """Take one page in, in one transaction. Safe to repeat: an item becomes one booking however often it comes."""
    page = Report(orders=len(orders))
    with system(IMPORT, actor="shop"):
        take_import_turn()
        items = _courses_of(without_erased(orders, at=at), page)
        new, changed = _compare(items, page)
        _lock(new, changed.values())
        matched = _match(new, page, at=at)
        made = make_bookings(matched, Catalog(matched, at=at), at=at)
        if changed:
            follow_changes(changed, at=at)
    page.made_as_history = sum(booking.is_history for booking in made)
    page.made = len(made) - page.made_as_history
    report.add(page)


def _lock(new: Iterable[Item], changed: Iterable[Item]) -> None:
    """All that the page may write to, before it writes: the bookings of changed orders, since a new contact touches
    every booking of its order, and those that an edited order carries on.

    With them the dates of all: a new booking waits for its date, and who moves one holds two of them.
    """
    new, changed = list(new), list(changed)
    orders = {item.order.order_id for item in changed}
    former = {item.order.previous_order_id for item in new if item.order.previous_order_id}
    lock_orders(orders | former, dates=date_ids(new + changed))


def _courses_of(orders: Collection[ShopOrder], report: Report) -> dict[int, Item]:
    items = {}
    for order in orders:
        for line in order.lines:
            report.lines += 1
            if line.kind is LineKind.COURSE:
                items[line.item_id] = Item(order, line)
            else:
                report.skipped[str(line.kind)] += 1
    return items


def _compare(items: dict[int, Item], report: Report) -> tuple[list[Item], dict[int, Item]]:
    """What is new, and what has changed since our own last hash."""
    known = dict(Booking.objects.live_rows(items).values_list("magento_order_item_id", "shop_hash"))
    new = [item for item_id, item in items.items() if item_id not in known]
    changed = {
        item_id: items[item_id] for item_id, seen in known.items() if items[item_id].fingerprint() != seen
    }
    report.changed += len(changed)
    report.unchanged += len(known) - len(changed)
    return new, changed


def _match(items: list[Item], report: Report, *, at: datetime) -> list[Matched]:
    """Items with their partner; those without one are kept for staff."""
    values = {item.line.partner_value for item in items} - {""}
    partners = {row.magento_partner_id: row for row in Partner.objects.filter(magento_partner_id__in=values)}
    waiting = UnmatchedOrder.objects.filter(magento_order_item_id__in=[item.line.item_id for item in items])
    waiting_by_item = {row.magento_order_item_id: row for row in waiting.select_related("assigned_partner")}
    matched, unmatched = [], []
    for item in items:
        row = waiting_by_item.get(item.line.item_id)
        partner = (row.assigned_partner if row else None) or partners.get(item.line.partner_value)
        if partner:
            matched.append((item, partner))
        else:
            unmatched.append(item)
    report.unmatched += len(unmatched)
    _keep_unmatched(unmatched, at=at)
    done = [row.pk for item, _ in matched if (row := waiting_by_item.get(item.line.item_id))]
    if done:
        UnmatchedOrder.objects.filter(pk__in=done).update(matched_at=at)
    return matched


def _keep_unmatched(items: list[Item], *, at: datetime) -> None:
    """New ones are kept, known ones are brought up to date: nobody looks for a partner of a cancelled order."""
    UnmatchedOrder.objects.bulk_create(
        (_unmatched(item, at=at) for item in items),
        update_conflicts=True,
        unique_fields=["magento_order_item_id"],
        update_fields=["partner_value", "starts_on", "participants", "reason", "is_cancelled"],
    )


def _unmatched(item: Item, *, at: datetime) -> UnmatchedOrder:
    reasons = UnmatchedOrder.Reason
    return UnmatchedOrder(
        magento_order_item_id=item.line.item_id,
        magento_order_id=item.order.order_id,
        magento_order_increment_id=item.order.number[:50],
        partner_value=item.line.partner_value[:255],
        course_name=item.line.course_name[:300],
        sku=item.line.date_sku[:100],
        starts_on=item.line.starts_on,
        participants=item.participants,
        reason=reasons.UNKNOWN_PARTNER if item.line.partner_value else reasons.NO_PARTNER,
        ordered_at=item.order.created_at,
        is_history=item.is_history,
        is_cancelled=item.is_cancelled,
        created_at=at,
    )

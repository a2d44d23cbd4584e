"""Products of the catalog become courses with their dates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.core.html_text import text_of
from portal.integrations.shop import ShopCourse, ShopDate
from portal.integrations.shop.catalog import Product, ShopFacts
from portal.integrations.shop.found import Found, Zones, price_cents, start_of
from portal.integrations.shop.parsing import clock_time, date_label, number, text

_DISABLED, _NOT_VISIBLE = 2, 1
# {{media url="…"}}, {{widget type="…"}}: what Magento fills in when it shows the page.
_DIRECTIVE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_NO_PICTURE = ("", "no_selection")


@dataclass(frozen=True, slots=True)
class Beside:
    """What a page of products needs to become courses."""

    facts: ShopFacts
    zones: Zones
    # What customers choose a date by, by option id.
    labels: Mapping[int, str]
    salable: Mapping[str, int]


def dates_of(course: Product, products: Sequence[Product]) -> list[Found] | None:
    """The dates of a product, by the rules that hold for orders; None when it is no course."""
    if course.type_id != "configurable":
        return _single(course)
    itself = Found(None, course)
    dates = [found for product in products if not (found := Found(product, course)).is_voucher()]
    is_course = any(
        found.is_of_a_course() or (found.date and found.date.value("course_date"))
        for found in (itself, *dates)
    )
    return dates if is_course and not itself.is_voucher() else None


def _single(product: Product) -> list[Found] | None:
    """A course that is its own only date. One that customers cannot find was a date of some course before."""
    found = Found(product, None)
    is_hidden = number(product.value("visibility")) == _NOT_VISIBLE
    return [found] if found.is_of_a_course() and not found.is_voucher() and not is_hidden else None


def build_course(product: Product, founds: Sequence[Found], beside: Beside) -> ShopCourse:
    is_on_sale = _is_enabled(product) and number(product.value("visibility")) != _NOT_VISIBLE
    dates = tuple(_build_date(found, is_on_sale, beside) for found in founds)
    itself = Found(None, product)
    return ShopCourse(
        product_id=product.product_id,
        sku=product.sku,
        name=text(product.value("name")),
        description=_plain(product.value("description")) or _plain(product.value("short_description")),
        partner_value=text(itself.value("partner")),
        price_cents=price_cents(product, beside.facts) or _lowest_price(dates),
        images=tuple(path for path in (text(product.value("image")),) if path not in _NO_PICTURE),
        duration_minutes=number(itself.value("duration"))
        or next((each.duration_minutes for each in dates if each.duration_minutes), None),
        location=text(itself.value("location"))
        or next((each.location for each in dates if each.location), ""),
        is_on_sale=is_on_sale,
        dates=dates,
    )


def _build_date(found: Found, is_course_on_sale: bool, beside: Beside) -> ShopDate:
    product = found.date
    assert product is not None
    option_id = number(product.value("course_date")) or 0
    starts_on, starts_time = start_of(found, lambda: date_label(beside.labels.get(option_id)), beside.zones)
    return ShopDate(
        product_id=product.product_id,
        sku=product.sku,
        partner_value=text(found.value("partner")),
        starts_on=starts_on,
        starts_time=starts_time,
        ends_time=clock_time(found.value("event_end")),
        duration_minutes=number(found.value("duration")),
        location=text(found.value("location")),
        price_cents=price_cents(product, beside.facts),
        salable=beside.salable.get(product.sku),
        is_on_sale=is_course_on_sale and _is_enabled(product),
    )


def _is_enabled(product: Product) -> bool:
    return number(product.value("status")) != _DISABLED


def _lowest_price(dates: Sequence[ShopDate]) -> int | None:
    """Of those that can be bought, if there are any."""
    prices = [(not each.is_on_sale, each.price_cents) for each in dates if each.price_cents is not None]
    return min(prices)[1] if prices else None


def _plain(html: object) -> str:
    return text_of(_DIRECTIVE.sub(" ", text(html)))

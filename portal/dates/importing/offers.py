"""Whose a course of the shop is. Its dates may belong to several partners; each gets rows of its own."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from portal.dates.importing.report import CatalogReport
from portal.integrations.shop import ShopCourse, ShopDate
from portal.partners.models import Partner


@dataclass(frozen=True)
class Offer:
    """A course as far as it is one partner's."""

    partner_id: int
    course: ShopCourse
    dates: tuple[ShopDate, ...]


def offers_of(courses: Collection[ShopCourse], report: CatalogReport) -> list[Offer]:
    """Dates whose partner nobody knows are only counted."""
    partners = _partners(courses)
    offers = []
    for course in courses:
        shares: dict[int, list[ShopDate]] = {}
        if course.partner_value in partners:
            shares[partners[course.partner_value]] = []
        for day in course.dates:
            if day.partner_value in partners:
                shares.setdefault(partners[day.partner_value], []).append(day)
            else:
                report.without_partner += 1
        offers += [Offer(partner_id, course, tuple(dates)) for partner_id, dates in shares.items()]
    return offers


def _partners(courses: Iterable[ShopCourse]) -> dict[str, int]:
    values = {course.partner_value for course in courses}
    values |= {day.partner_value for course in courses for day in course.dates}
    found = Partner.objects.filter(magento_partner_id__in=values - {""})
    return dict(found.values_list("magento_partner_id", "pk"))

"""Reads of courses, always starting from whose they are."""

from django.db.models import QuerySet

from portal.courses.models import Course


def courses_of(partner_id: int, *, search: str = "") -> QuerySet[Course]:
    """What is on sale first, then by name.

    :param search: a part of the name
    """
    found = Course.objects.filter(partner=partner_id).order_by("-is_on_sale", "name", "pk")
    return found.filter(name__icontains=search) if search else found


def courses_to_choose(partner_id: int) -> QuerySet[Course]:
    """Without what only a course's own page shows: texts are long, and a choice has all of them."""
    return courses_of(partner_id).defer("description", "images")


def has_courses(partner_id: int) -> bool:
    return Course.objects.filter(partner=partner_id).exists()

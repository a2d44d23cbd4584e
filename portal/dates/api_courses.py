"""`/api/partner/courses`: courses as the shop has them, to read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router

from portal.core.api_schemas import NO_ACCESS, ErrorOut, described, pagination_out, read_paging
from portal.core.http import json_data, json_wrong
from portal.core.parameters import Problems, read_text
from portal.courses.queries import courses_of
from portal.dates.api_objects import course_out
from portal.dates.api_schemas import COURSE_PARAMETERS, CourseAnswer, CourseListAnswer
from portal.partners.api_auth import partner_auth, partner_id_of

router = Router(tags=["courses"], auth=partner_auth)
_LIST = {200: CourseListAnswer, **NO_ACCESS, 422: ErrorOut}
_ONE = {200: CourseAnswer, **NO_ACCESS}


@router.get(
    "/courses", response=_LIST, openapi_extra=COURSE_PARAMETERS | described(_LIST, "A page of courses.")
)
def list_courses(request: HttpRequest) -> HttpResponse:
    """All courses of the partner, what is on sale first, then by name."""
    problems: Problems = {}
    search = read_text(request.GET, "search", problems)
    page, limit = read_paging(request.GET, problems)
    if problems:
        return json_wrong(problems)
    found = courses_of(partner_id_of(request), search=search)
    start, total = (page - 1) * limit, found.count()
    courses = found[start : start + limit] if start < total else []
    return json_data(
        {
            "courses": [course_out(each) for each in courses],
            "pagination": pagination_out(page=page, limit=limit, total=total),
        }
    )


@router.get("/courses/{int:course_id}", response=_ONE, openapi_extra=described(_ONE, "The course."))
def get_course(request: HttpRequest, course_id: int) -> HttpResponse:
    """One course, by the shop's id of its product."""
    course = get_object_or_404(courses_of(partner_id_of(request)), magento_product_id=course_id)
    return json_data({"course": course_out(course)})

"""Where the shop's pictures of a course are."""

from urllib.parse import quote

from django.conf import settings

from portal.courses.models import Course


def picture_urls(course: Course) -> list[str]:
    """The main picture first; none while nobody has said where the shop's media folder is."""
    base = settings.MAGENTO_MEDIA_URL
    if not base:
        return []
    return [f"{base.rstrip('/')}/{quote(str(path).lstrip('/'))}" for path in course.images]

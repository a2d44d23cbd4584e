"""All addresses. Those that mails and other systems know are the spec's, without a slash at the end."""

from django.conf import settings
from django.urls import include, path

from portal.config.api import api
from portal.core.views_api_docs import api_docs
from portal.core.views_page import brand_css, set_theme
from portal.core.views_styleguide import styleguide
from portal.dates.urls import courses_urls
from portal.runtime.health import healthz, readyz

urlpatterns = [
    # First, because programs call it most; what it does not know under /api/ is looked for below.
    path("api/docs", api_docs, name="api_docs"),
    path("api/", api.urls),
    path("", include("portal.home.urls")),
    path("", include("portal.integrations.urls")),
    path("", include("portal.accounts.urls")),
    path("", include("portal.partners.urls")),
    path("", include("portal.dates.urls")),
    path("", include(courses_urls)),
    path("", include("portal.bookings.urls")),
    path("", include("portal.bookings.date_changes.urls")),
    path("", include("portal.rebooking.urls")),
    path("manage/", include("portal.manage.urls")),
    path("styleguide/", styleguide, name="styleguide"),
    path("brand.css", brand_css, name="brand_css"),
    path("theme", set_theme, name="set_theme"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
if settings.DEMO or settings.TESTING:
    urlpatterns.append(path("demo/", include("portal.demo.urls")))

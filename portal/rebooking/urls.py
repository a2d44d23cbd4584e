from django.urls import path

from portal.rebooking.views import listing, public

app_name = "rebooking"
_LINK = "rebook/<str:token>"
urlpatterns = [
    path("dashboard/rebookings", listing.rebooking_list, name="list"),
    path("dashboard/settings/rebooking", listing.save_terms, name="save_terms"),
    path(_LINK, public.page, name="page"),
    path(f"{_LINK}/hold", public.hold, name="hold"),
    path(f"{_LINK}/release", public.release, name="release"),
    path(f"{_LINK}/none-fits", public.none_fits, name="none_fits"),
    path(f"{_LINK}/success", public.success, name="success"),
    path(f"{_LINK}/error", public.error, name="error"),
]

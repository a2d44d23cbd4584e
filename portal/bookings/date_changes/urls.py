from django.urls import path

from portal.bookings.date_changes import views, views_public, views_sheet

app_name = "date_changes"
_DATE = "dashboard/dates/<int:pk>"
urlpatterns = [
    path(f"{_DATE}/emergency", views.emergency, name="emergency"),
    path(f"{_DATE}/cancelled", views.status, name="status"),
    path(f"{_DATE}/cancelled/undo", views.undo, name="undo"),
    path(f"{_DATE}/cancelled/<int:entry_pk>/reached", views.reached, name="reached"),
    path(f"{_DATE}/cancelled/<int:entry_pk>/not-reached", views.not_reached, name="not_reached"),
    path(f"{_DATE}/sheet", views_sheet.sheet, name="sheet"),
    path(f"{_DATE}/sheet.pdf", views_sheet.sheet_pdf, name="sheet_pdf"),
    path("booking/<str:token>", views_public.booking_page, name="booking_page"),
]

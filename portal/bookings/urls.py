from django.urls import path

from portal.bookings.views import answers, detail, exports, links, listing, webhooks

app_name = "bookings"
urlpatterns = [
    path("dashboard/bookings", listing.booking_list, name="list"),
    path("dashboard/bookings/confirm", answers.confirm_several, name="confirm_several"),
    path("dashboard/bookings/export.csv", exports.export_csv, name="export_csv"),
    path("dashboard/bookings/export.xlsx", exports.export_xlsx, name="export_xlsx"),
    path("dashboard/bookings/<int:pk>", detail.detail, name="detail"),
    path("dashboard/bookings/<int:pk>/confirm", answers.confirm, name="confirm"),
    path("dashboard/bookings/<int:pk>/decline", answers.decline, name="decline"),
    path("dashboard/bookings/<int:pk>/undo", answers.undo, name="undo"),
    path("api/confirm/<str:token>", links.confirm_link, name="confirm_link"),
    path("api/decline/<str:token>", links.decline_link, name="decline_link"),
    path("confirm/<str:token>", links.confirm_page, name="confirm_page"),
    path("confirmation-success", links.confirmation_success, name="confirmation_success"),
    path("confirmation-error", links.confirmation_error, name="confirmation_error"),
    path("api/webhooks/new-order", webhooks.new_order, name="new_order"),
]

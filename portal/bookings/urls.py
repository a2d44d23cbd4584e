from django.urls import path

from portal.bookings.views import links, pages, webhooks

app_name = "bookings"
urlpatterns = [
    path("dashboard/bookings", pages.booking_list, name="list"),
    path("dashboard/bookings/<int:pk>", pages.detail, name="detail"),
    path("dashboard/bookings/<int:pk>/confirm", pages.confirm, name="confirm"),
    path("dashboard/bookings/<int:pk>/decline", pages.decline, name="decline"),
    path("dashboard/bookings/<int:pk>/undo", pages.undo, name="undo"),
    path("api/confirm/<str:token>", links.confirm_link, name="confirm_link"),
    path("api/decline/<str:token>", links.decline_link, name="decline_link"),
    path("confirm/<str:token>", links.confirm_page, name="confirm_page"),
    path("confirmation-success", links.confirmation_success, name="confirmation_success"),
    path("confirmation-error", links.confirmation_error, name="confirmation_error"),
    path("api/webhooks/new-order", webhooks.new_order, name="new_order"),
    path("api/cron/booking-reminders", webhooks.tick, name="tick"),
]

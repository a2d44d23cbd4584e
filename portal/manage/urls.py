from django.urls import path

from portal.bookings.operations import CallOutcome
from portal.manage.views import bookings, bounces, calls, erasure, metrics, partners, search, unmatched, work

app_name = "manage"
urlpatterns = [
    path("", work.home, name="home"),
    path("calls", calls.call_list, name="calls"),
    path("calls/<int:pk>/start", calls.start_call, name="start_call"),
    path(
        "calls/<int:pk>/not-reached",
        calls.note_call,
        {"outcome": CallOutcome.NOT_REACHED},
        name="not_reached",
    ),
    path(
        "calls/<int:pk>/wrong-number",
        calls.note_call,
        {"outcome": CallOutcome.WRONG_NUMBER},
        name="wrong_number",
    ),
    path("bookings", search.bookings, name="bookings"),
    path("bookings/<int:pk>", bookings.booking, name="booking"),
    path("bookings/<int:pk>/confirm", bookings.confirm, name="confirm"),
    path("bookings/<int:pk>/decline", bookings.decline, name="decline"),
    path("bookings/<int:pk>/emergency-decline", bookings.emergency_decline, name="emergency_decline"),
    path("bookings/<int:pk>/undo", bookings.undo, name="undo"),
    path("mails/<int:pk>/send", bookings.resend_mail, name="resend_mail"),
    path("waiting", work.waiting, name="waiting"),
    path("waiting/jobs/<int:pk>/retry", work.retry_job, name="retry_job"),
    path("waiting/mails/<int:pk>/send", work.send_mail_again, name="send_mail_again"),
    path("bounces", bounces.bounces, name="bounces"),
    path("bounces/<int:pk>/works", bounces.address_works, name="address_works"),
    path("questions", work.questions, name="questions"),
    path("questions/<int:pk>/settle", work.settle_question, name="settle_question"),
    path("imports", work.imports, name="imports"),
    path("imports/run", work.import_now, name="import_now"),
    path("unmatched", unmatched.unmatched, name="unmatched"),
    path("unmatched/<int:pk>/assign", unmatched.assign, name="assign"),
    path("erasure", erasure.erasure, name="erasure"),
    path("erasure/erase", erasure.erase, name="erase"),
    path("metrics", metrics.metrics, name="metrics"),
    path("metrics/export.csv", metrics.export_csv, name="metrics_csv"),
    path("metrics/export.xlsx", metrics.export_xlsx, name="metrics_xlsx"),
    path("partners", partners.partner_list, name="partners"),
    path("partners/new", partners.create, name="create_partner"),
    path("partners/<int:pk>", partners.edit, name="partner"),
    path("partners/<int:pk>/invite", partners.invite, name="invite"),
]

from django.urls import path

from portal.manage.views import partners, unmatched, work

app_name = "manage"
urlpatterns = [
    path("", work.home, name="home"),
    path("waiting", work.waiting, name="waiting"),
    path("waiting/jobs/<int:pk>/retry", work.retry_job, name="retry_job"),
    path("waiting/mails/<int:pk>/send", work.send_mail_again, name="send_mail_again"),
    path("questions", work.questions, name="questions"),
    path("questions/<int:pk>/settle", work.settle_question, name="settle_question"),
    path("imports", work.imports, name="imports"),
    path("imports/run", work.import_now, name="import_now"),
    path("unmatched", unmatched.unmatched, name="unmatched"),
    path("unmatched/<int:pk>/assign", unmatched.assign, name="assign"),
    path("partners", partners.partner_list, name="partners"),
    path("partners/new", partners.create, name="create_partner"),
    path("partners/<int:pk>", partners.edit, name="partner"),
    path("partners/<int:pk>/invite", partners.invite, name="invite"),
]

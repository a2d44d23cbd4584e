from django.urls import path

from portal.integrations import views

app_name = "integrations"
urlpatterns = [
    path("api/webhooks/sendgrid-events", views.mail_events, name="mail_events"),
]

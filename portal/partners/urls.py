from django.urls import path

from portal.partners import views

app_name = "partners"
urlpatterns = [
    path("partner/switch", views.switch, name="switch"),
    path("invitation/<str:token>", views.accept_invitation, name="invitation"),
]

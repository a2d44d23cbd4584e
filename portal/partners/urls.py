from django.urls import path

from portal.partners import views

app_name = "partners"
urlpatterns = [
    path("partner/choose", views.choose, name="choose"),
    path("invitation/<str:token>", views.accept_invitation, name="invitation"),
]

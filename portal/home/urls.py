from django.urls import path

from portal.home import views

app_name = "home"
urlpatterns = [
    path("", views.start, name="start"),
    path("dashboard", views.dashboard, name="dashboard"),
]

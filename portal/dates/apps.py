from django.apps import AppConfig


class DatesConfig(AppConfig):
    name = "portal.dates"
    label = "dates"

from importlib import import_module

from django.apps import AppConfig


class ManageConfig(AppConfig):
    name = "portal.manage"
    label = "manage"

    def ready(self) -> None:
        import_module("portal.manage.announcements")

from importlib import import_module

from django.apps import AppConfig

from portal.core import registry


class PartnersConfig(AppConfig):
    name = "portal.partners"
    label = "partners"

    def ready(self) -> None:
        import_module("portal.partners.emails")
        import_module("portal.partners.announcements")
        access = import_module("portal.partners.access")
        registry.use_stream_scope(access.stream_scope)
        registry.use_audience(access.audience_of)

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings

from portal.core.tenancy import system_table


class DemoConfig(AppConfig):
    name = "portal.demo"
    label = "demo"

    def ready(self) -> None:
        system_table("miomente_partner_portal_demo_clock", "one row: how far the demo's clock is ahead")
        import_module("portal.demo.subscribers")
        if settings.DEMO:
            from portal.core import worker  # noqa: PLC0415 -- needs the queue's app, which is loaded by now
            from portal.demo.clock import shifted_now  # noqa: PLC0415 -- needs the models

            worker.tick_clock[:] = [shifted_now]

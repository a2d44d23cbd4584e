from importlib import import_module

from django.apps import AppConfig


class RebookingConfig(AppConfig):
    name = "portal.rebooking"
    label = "rebooking"

    def ready(self) -> None:
        for module in (
            "emails",
            "subscribers",
            "ticket_subscribers",
            "order_subscribers",
            "stock_subscribers",
            "sweeps",
            "announcements",
        ):
            import_module(f"portal.rebooking.{module}")

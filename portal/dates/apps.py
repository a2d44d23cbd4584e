from importlib import import_module

from django.apps import AppConfig

from portal.core.tenancy import system_table


class DatesConfig(AppConfig):
    name = "portal.dates"
    label = "dates"

    def ready(self) -> None:
        system_table("miomente_partner_portal_catalog_runs", "counts of readings of the shop's catalog")
        for module in ("sweeps", "sweeps_seats", "announcements", "subscribers"):
            import_module(f"portal.dates.{module}")

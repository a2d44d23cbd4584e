from importlib import import_module

from django.apps import AppConfig

from portal.core.tenancy import system_table


class BookingsConfig(AppConfig):
    name = "portal.bookings"
    label = "bookings"

    def ready(self) -> None:
        system_table("miomente_partner_portal_decline_reasons", "one list of reasons for all partners")
        system_table("miomente_partner_portal_import_runs", "counts of readings of the shop")
        system_table("miomente_partner_portal_failed_orders", "numbers of orders, before a partner is known")
        system_table(
            "miomente_partner_portal_erased_orders", "numbers of orders; read before a partner is known"
        )
        for module in ("emails", "subscribers", "sweeps", "announcements"):
            import_module(f"portal.bookings.{module}")

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate

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
        # Needs the models, which are not there before.
        from portal.bookings.changes import forget_other_database  # noqa: PLC0415

        post_migrate.connect(forget_other_database, sender=self)
        for module in (
            "emails",
            "customer_emails",
            "subscribers",
            "mail_subscribers",
            "ticket_subscribers",
            "order_subscribers",
            "sweeps",
            "announcements",
            "date_changes.emails",
            "date_changes.subscribers",
            "date_changes.announcements",
        ):
            import_module(f"portal.bookings.{module}")

from importlib import import_module

from django.apps import AppConfig

from portal.core.tenancy import system_table


class IntegrationsConfig(AppConfig):
    name = "portal.integrations"
    label = "integrations"

    def ready(self) -> None:
        for table in (
            "miomente_partner_portal_demo_mails",
            "miomente_partner_portal_demo_tickets",
            "miomente_partner_portal_demo_ticket_notes",
        ):
            system_table(table, "stands for a system outside, which knows no partners")

        from portal.core import outbox  # noqa: PLC0415 -- it needs the models, which are loaded by now
        from portal.integrations.email.outbox import deliver  # noqa: PLC0415 -- it needs the models too

        outbox.use_sender(deliver)

        import_module("portal.integrations.keys")

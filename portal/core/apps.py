from importlib import import_module

from django.apps import AppConfig

from portal.core.tenancy import system_table


class CoreConfig(AppConfig):
    name = "portal.core"
    label = "core"

    def ready(self) -> None:
        for table, reason in {
            "django_migrations": "bookkeeping of the schema",
            "django_content_type": "names of models",
            "django_session": "a session is found by its secret key, before anybody knows whose it is",
            "auth_group": "part of Django's user model, unused",
            "auth_group_permissions": "part of Django's user model, unused",
            "auth_permission": "names of permissions, the same for all",
            "account_emailaddress": "sign-in by e-mail, before a partner is known",
            "account_emailconfirmation": "sign-in by e-mail, before a partner is known",
            "procrastinate_jobs": "the queue: arguments are ids, workers run everybody's jobs",
            "procrastinate_events": "the queue",
            "procrastinate_periodic_defers": "the queue",
            "procrastinate_workers": "the queue",
            "miomente_partner_portal_watermarks": "how far readings of outside systems have come",
            "miomente_partner_portal_rate_limits": "numbers of calls by ids and fingerprints, before anything is read",
        }.items():
            system_table(table, reason)
        import_module("portal.core.rate_limits")

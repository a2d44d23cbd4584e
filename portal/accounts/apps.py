from importlib import import_module

from django.apps import AppConfig

from portal.core.tenancy import system_table


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"

    def ready(self) -> None:
        for name in ("emails", "tasks", "sweeps"):
            import_module(f"portal.accounts.{name}")
        system_table("miomente_partner_portal_users", "a user may act for several partners")
        system_table("miomente_partner_portal_users_groups", "part of Django's user model, unused")
        system_table("miomente_partner_portal_users_user_permissions", "part of Django's user model, unused")
        system_table("miomente_partner_portal_refresh_tokens", "belongs to a user, found by its hash")
        system_table(
            "miomente_partner_portal_attempts", "counts of wrong passwords and used codes, no person in it"
        )
        system_table("mfa_authenticator", "belongs to a user, its secrets encrypted")

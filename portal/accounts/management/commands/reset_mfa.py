"""`portal reset-mfa EMAIL`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.accounts.operations import reset_second_factor
from portal.core.clock import now


class Command(BaseCommand):
    help = "Take the second factor away from somebody who has lost the phone; repeatable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = reset_second_factor(email, at=now())
        if user is None:
            raise CommandError(f"Nobody signs in as {email.strip()}.")
        self.stdout.write(f"{user.email} signs in with the password alone now, and was told so by mail.")
        if user.is_manager:
            self.stdout.write("The portal asks for a new second factor right after the next sign-in.")

"""`portal create-manager EMAIL [--name NAME]`."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from portal.accounts.emails import password_link
from portal.accounts.operations import create_manager
from portal.core.clock import now


class Command(BaseCommand):
    help = "Make somebody a manager and print the link to choose a password; repeatable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="how pages call the person")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        try:
            validate_email(email.strip())
        except ValidationError as error:
            raise CommandError(f"{email} is no e-mail address.") from error
        user, is_new = create_manager(email, name=name, at=now())
        self.stdout.write(
            f"{user.email} is a manager now." if is_new else f"{user.email} was a manager already."
        )
        # Printed, too: the first manager is made before anybody knows whether mails leave.
        self.stdout.write(f"Choose a password: {password_link(user)}")

"""`portal import-partners FILE.csv`."""

from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.core.clock import now
from portal.core.tenancy import register_system_reason, system
from portal.partners.operations import import_partners

IMPORT = register_system_reason("import of partners")


class Command(BaseCommand):
    help = "Take partners from a CSV file; repeatable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except FileNotFoundError as error:
            raise CommandError(f"There is no file {file}.") from error
        except OSError as error:
            raise CommandError(f"{file} cannot be opened: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{file} cannot be read as UTF-8 text.") from error
        with system(IMPORT, actor="import"):
            # Not splitlines(): that would also cut inside quotes.
            report = import_partners(StringIO(text, newline=""), at=now())
        for problem in report.problems:
            self.stderr.write(problem)
        self.stdout.write(
            f"{report.created} partners created, {report.changed} changed, {report.unchanged} unchanged, "
            f"{len(report.problems)} problems."
        )
        if report.problems:
            raise CommandError("Some lines were not taken in.")

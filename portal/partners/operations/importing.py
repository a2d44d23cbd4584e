"""Partners from a file of the marketplace."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.partners.models import Partner
from portal.partners.operations.saving import save_partner

COLUMNS = (
    "partner_id",
    "customer_number",
    "company",
    "contact",
    "email",
    "phone",
    "city",
    "postcode",
    "language",
)


@dataclass
class PartnersReport:
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[str] = field(default_factory=list)


def import_partners(lines: Iterable[str], *, at: datetime) -> PartnersReport:
    """Take partners from CSV with the columns of COLUMNS, parted by commas or semicolons.

    Repeatable: equal rows change nothing, and what the file has no column for stays as it is. A row that is
    wrong is named with its line and changes nothing; the others are taken in.
    """
    report = PartnersReport()
    rest = iter(lines)
    head = next(rest, "")
    # German spreadsheets write semicolons and call it comma-separated all the same.
    reader = csv.DictReader(chain([head], rest), delimiter=";" if ";" in head else ",")
    missing = [column for column in COLUMNS[:3] if column not in (reader.fieldnames or [])]
    if missing:
        report.problems.append(_("The file has no column %(names)s.") % {"names": ", ".join(missing)})
        return report
    for row in reader:
        try:
            with transaction.atomic():
                _import_row(row, report, at=at)
        except ValidationError as error:
            report.problems.append(
                _("Line %(line)s: %(text)s") % {"line": reader.line_num, "text": _sentences(error)}
            )
    return report


def _import_row(row: Mapping[str, str | None], report: PartnersReport, *, at: datetime) -> None:
    values = {name: (row[name] or "").strip() for name in COLUMNS if name in row}
    if any("\0" in value for value in values.values()):
        raise ValidationError(_("The line contains a zero byte."))
    key = values.pop("partner_id")
    if not values.get("language"):
        # An empty cell says nothing: the partner may have chosen one.
        values.pop("language", None)
    else:
        values["language"] = values["language"].lower()
    partner = Partner.objects.filter(magento_partner_id=key).first()
    if partner and all(getattr(partner, name) == value for name, value in values.items()):
        report.unchanged += 1
        return
    is_new = partner is None
    partner = partner or Partner(magento_partner_id=key, created_at=at)
    for name, value in values.items():
        setattr(partner, name, value)
    partner.full_clean(exclude=["created_at"])
    save_partner(partner, actor="import", at=at)
    report.created += is_new
    report.changed += not is_new


def _sentences(error: ValidationError) -> str:
    """What is wrong, with the column it is wrong in."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    columns = {"magento_partner_id": "partner_id", "__all__": ""}
    named = {columns.get(name, name): messages for name, messages in error.message_dict.items()}
    return " ".join(
        f"{name}: {text}" if name else text for name, messages in named.items() for text in messages
    )

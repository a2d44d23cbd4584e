"""Everything that changes partners and members."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from portal.core import events, links, outbox
from portal.core.refusals import NotAllowed
from portal.partners.models import Member, Partner

INVITATION = "invitation"
INVITATION_DAYS = 14


class InviteBlocker(TextChoices):
    ALREADY_MEMBER = "already_member", gettext_lazy("This person is already a member.")


@transaction.atomic
def save_partner(partner: Partner, *, actor: str, at: datetime) -> Partner:
    """Create or change a partner; orders that waited for it match by themselves afterwards."""
    is_new = partner.pk is None
    if is_new:
        partner.created_at = at
    partner.save()
    events.record(
        "partner.created" if is_new else "partner.changed",
        subject=partner,
        actor=actor,
        at=at,
        data={"magento_partner_id": partner.magento_partner_id},
    )
    return partner


@transaction.atomic
def invite_member(partner: Partner, *, email: str, name: str, role: str, actor: str, at: datetime) -> Member:
    """Make somebody a member and mail a link to set a password. Safe to repeat until the person has joined.

    :raises NotAllowed: when the person already is a member
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        user = User.objects.create_user(email, name=name, language=partner.language)
    member, is_new = Member.objects.get_or_create(
        partner=partner, user=user, defaults={"role": role, "invited_at": at}
    )
    if not is_new and member.joined_at is not None:
        raise NotAllowed(InviteBlocker.ALREADY_MEMBER)
    if member.role != role:
        member.role = role
        member.save(update_fields=["role"])
    version = 1 if is_new else _next_version(member)
    links.issue(
        INVITATION,
        subject=member,
        recipient=user.email,
        version=version,
        expires_at=at + timedelta(days=INVITATION_DAYS),
        at=at,
    )
    outbox.put("member_invited", subject=member, recipient=user.email, version=version, at=at)
    events.record("member.invited", subject=member, actor=actor, at=at, data={"role": role})
    return member


@transaction.atomic
def join(member: Member, *, name: str, password: str, at: datetime) -> User:
    """The invited person sets a password and becomes a member. A known user keeps name and password."""
    user = member.user
    if not user.has_usable_password():
        user.name = name or user.name
        user.set_password(password)
        user.save()
    member.joined_at = member.joined_at or at
    member.save(update_fields=["joined_at"])
    events.record("member.joined", subject=member, actor=user.actor, at=at)
    return user


def _next_version(member: Member) -> int:
    former = links.find(INVITATION, subject=member)
    return former.version + 1 if former else 1


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
    if "language" in values:
        values["language"] = values["language"].lower() or Partner.Language.DE
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

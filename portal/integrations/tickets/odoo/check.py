"""What an administrator has to put right before tickets can be opened, one sentence each."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from portal.integrations.tickets import TicketDeskError
from portal.integrations.tickets.odoo.config import OdooClient, OdooSettings
from portal.integrations.tickets.odoo.fields import TicketFields, is_closing, model_of, read_fields
from portal.integrations.tickets.odoo.probing import JSON2_SINCE, JSONRPC_SINCE, major
from portal.integrations.tickets.odoo.references import number_of
from portal.integrations.tickets.odoo.refusals import OdooRefused


def problems(odoo: OdooSettings, client: OdooClient) -> list[str]:
    try:
        return list(_problems(odoo, client))
    except OdooRefused as refusal:
        return [refusal.in_odoos_words]
    except TicketDeskError as error:
        return [str(error)]


def _problems(odoo: OdooSettings, client: OdooClient) -> Iterator[str]:
    if not odoo.url.startswith(("http://", "https://")):
        yield _("ODOO_URL must begin with https://.")
        return
    if problem := _version_problem(odoo, client):
        yield problem
        return
    client.call("res.users", "context_get", {})
    model = model_of(odoo)
    try:
        fields = read_fields(client, odoo)
    except OdooRefused:
        yield _("Odoo does not know the model {model}, or our user may not use it.").format(model=model)
        return
    if fields.is_missing_number():
        yield _("{model} is no ticket of the kind {flavour}: set ODOO_FLAVOUR or ODOO_TICKET_MODEL.").format(
            model=model, flavour=fields.flavour
        )
    if not re.fullmatch(r"[a-z0-9_]+", odoo.prefix):
        yield _("ODOO_XMLID_PREFIX must consist of small letters, digits and _.")
    yield from _reference_problems(odoo, client, fields)


def _version_problem(odoo: OdooSettings, client: OdooClient) -> str | None:
    oldest = JSON2_SINCE if odoo.api == "json2" else JSONRPC_SINCE
    number = major(client.version())
    if number is None or number < oldest:
        return _("What answers at ODOO_URL is not Odoo {version} or later.").format(version=oldest)
    return None


def _reference_problems(odoo: OdooSettings, client: OdooClient, fields: TicketFields) -> Iterator[str]:
    configured = [("ODOO_TEAM", "team", odoo.team)]
    configured += [
        (f"ODOO_CATEGORY_{word.upper()}", "category", reference) for word, reference in odoo.categories
    ]
    configured += [(f"ODOO_STAGE_{word.upper()}", "stage", reference) for word, reference in odoo.stages]
    configured += [("ODOO_TAG", "tag", odoo.tag), ("ODOO_CHANNEL", "channel", odoo.channel)]
    for setting, word, references in configured:
        if references and fields.name(word) is None:
            yield _("{setting} is set, but {model} has no such field.").format(
                setting=setting, model=model_of(odoo)
            )
            continue
        for reference in filter(None, references.split(",")):
            if not _exists(client, fields.related_model(word), reference):
                yield _("{setting}: {reference} is not in Odoo, or our user may not see it.").format(
                    setting=setting, reference=reference
                )
            elif word == "stage" and _closes(client, fields, reference):
                yield _(
                    "{setting}: {reference} closes tickets, which is for staff to do: choose another."
                ).format(setting=setting, reference=reference)


def _closes(client: OdooClient, fields: TicketFields, reference: str) -> bool:
    number = number_of(client, fields.related_model("stage"), reference)
    return number is not None and is_closing(client, fields, number)


def _exists(client: OdooClient, model: str, reference: str) -> bool:
    try:
        number = number_of(client, model, reference)
        if number is None or not reference.isdecimal():
            return number is not None
        return bool(client.call(model, "search_count", {"domain": [["id", "=", number]]}))
    except OdooRefused:
        return False

"""What an administrator has to put right before tickets can be opened, one sentence each."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from portal.integrations.tickets import TicketDeskError
from portal.integrations.tickets.odoo.config import OdooClient, OdooSettings
from portal.integrations.tickets.odoo.fields import TicketFields, read_fields
from portal.integrations.tickets.odoo.json2 import OdooRefused

_FIRST_VERSION = 19


def problems(odoo: OdooSettings, client: OdooClient) -> list[str]:
    try:
        return list(_problems(odoo, client))
    except TicketDeskError as error:
        return [str(error)]


def _problems(odoo: OdooSettings, client: OdooClient) -> Iterator[str]:
    if not odoo.url.startswith(("http://", "https://")):
        yield _("ODOO_URL must begin with https://.")
        return
    if problem := _version_problem(client):
        yield problem
        return
    client.call("res.users", "context_get", {})
    try:
        fields = read_fields(client, odoo.model)
    except OdooRefused:
        yield _("Odoo does not know the model {model}, or our user may not use it.").format(model=odoo.model)
        return
    if not re.fullmatch(r"[a-z0-9_]+", odoo.prefix):
        yield _("ODOO_XMLID_PREFIX must consist of small letters, digits and _.")
    yield from _reference_problems(odoo, client, fields)


def _version_problem(client: OdooClient) -> str | None:
    version = client.version()
    major = re.search(r"\d+", version or "")
    if major is None or int(major.group()) < _FIRST_VERSION:
        return _("What answers at ODOO_URL is not Odoo 19 or later.")
    return None


def _reference_problems(odoo: OdooSettings, client: OdooClient, fields: TicketFields) -> Iterator[str]:
    configured = [("ODOO_TEAM", "team", odoo.team)]
    configured += [
        (f"ODOO_CATEGORY_{word.upper()}", "category", reference) for word, reference in odoo.categories
    ]
    configured += [("ODOO_TAG", "tag", odoo.tag), ("ODOO_CHANNEL", "channel", odoo.channel)]
    for setting, word, references in configured:
        if references and fields.name(word) is None:
            yield _("{setting} is set, but {model} has no such field.").format(
                setting=setting, model=odoo.model
            )
            continue
        for reference in filter(None, references.split(",")):
            if not _exists(client, fields.related_model(word), reference):
                yield _("{setting}: {reference} is not in Odoo, or our user may not see it.").format(
                    setting=setting, reference=reference
                )


def _exists(client: OdooClient, model: str, reference: str) -> bool:
    try:
        if reference.isdecimal():
            return bool(client.call(model, "search_count", {"domain": [["id", "=", int(reference)]]}))
        module, _dot, name = reference.partition(".")
        found = client.call("ir.model.data", "check_object_reference", {"module": module, "xml_id": name})
    except OdooRefused:
        return False
    return isinstance(found, list) and found[:1] == [model] and bool(found[1])

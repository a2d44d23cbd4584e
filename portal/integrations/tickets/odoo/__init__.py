"""Tickets in Odoo 17 and later.

`desk` says what is done, `fields` how the ticket models of Odoo's flavours differ, `check` what an administrator
has to put right. `json2` and `jsonrpc` are the two wire formats, which `probing` chooses from; `refusals` says what
an error means in either.
"""

from functools import lru_cache

import httpx
from django.conf import settings

from portal.integrations.calls import Caller
from portal.integrations.tickets.odoo.config import OdooSettings
from portal.integrations.tickets.odoo.desk import OdooTicketDesk
from portal.integrations.tickets.odoo.probing import odoo_client

__all__ = ["OdooSettings", "OdooTicketDesk", "ticket_desk"]

TOTAL_SECONDS = 10.0
# Connect and read together stay within the total when Odoo is silent.
TIMEOUT = httpx.Timeout(7.0, connect=3.0)


def ticket_desk() -> OdooTicketDesk:
    """The desk of the settings; one per process and configuration, because it keeps connections open."""
    return _desk(
        OdooSettings(
            url=settings.ODOO_URL,
            database=settings.ODOO_DB,
            login=settings.ODOO_LOGIN,
            api_key=settings.ODOO_API_KEY,
            api=settings.ODOO_API,
            flavour=settings.ODOO_FLAVOUR,
            model=settings.ODOO_TICKET_MODEL,
            prefix=settings.ODOO_XMLID_PREFIX,
            team=settings.ODOO_TEAM,
            tag=settings.ODOO_TAG,
            channel=settings.ODOO_CHANNEL,
            categories=(
                ("declined", settings.ODOO_CATEGORY_DECLINED),
                ("no_reply", settings.ODOO_CATEGORY_NO_REPLY),
            ),
            stages=(("rebooked", settings.ODOO_STAGE_REBOOKED),),
        )
    )


@lru_cache(maxsize=1)
def _desk(odoo: OdooSettings) -> OdooTicketDesk:
    # Odoo has few workers, and its own people need them.
    caller = Caller(odoo.url, timeout=TIMEOUT, total_seconds=TOTAL_SECONDS, at_once=2)
    return OdooTicketDesk(odoo, odoo_client(odoo, caller))

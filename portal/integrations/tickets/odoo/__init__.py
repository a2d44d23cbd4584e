"""Tickets in Odoo 19 and later.

`desk` says what is done, `json2` how it travels and what an error means, `fields` how the ticket models of
Odoo's flavours differ, `check` what an administrator has to put right. Odoo 17 and 18 speak another wire
format with the same models, methods and argument names: for them `json2` gets a sibling with the same calls.
"""

from functools import lru_cache

from django.conf import settings

from portal.integrations.tickets.odoo.config import OdooSettings
from portal.integrations.tickets.odoo.desk import OdooTicketDesk
from portal.integrations.tickets.odoo.json2 import Json2Client

__all__ = ["OdooSettings", "OdooTicketDesk", "ticket_desk"]


def ticket_desk() -> OdooTicketDesk:
    """The desk of the settings; one per process and configuration, because it keeps connections open."""
    return _desk(
        OdooSettings(
            url=settings.ODOO_URL,
            database=settings.ODOO_DB,
            api_key=settings.ODOO_API_KEY,
            model=settings.ODOO_TICKET_MODEL,
            prefix=settings.ODOO_XMLID_PREFIX,
            team=settings.ODOO_TEAM,
            tag=settings.ODOO_TAG,
            channel=settings.ODOO_CHANNEL,
            categories=(("declined", settings.ODOO_CATEGORY_DECLINED),),
        )
    )


@lru_cache(maxsize=1)
def _desk(odoo: OdooSettings) -> OdooTicketDesk:
    return OdooTicketDesk(odoo, Json2Client(odoo.url, odoo.database, odoo.api_key))

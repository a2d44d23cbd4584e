"""An Odoo-shaped server, in each of the interfaces that the portal speaks."""

import pytest

from portal.integrations.tickets.tests.desks import JSON2, JSONRPC
from tests.odoo_server import OdooServer


@pytest.fixture(params=[JSON2, JSONRPC], ids=["json2", "jsonrpc"])
def server(request):
    with OdooServer(version=request.param) as server:
        yield server

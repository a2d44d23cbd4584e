"""Everything on one port (`application`), or the event stream alone (`stream`).

Pages stay WSGI in both: Django's own ASGI handler costs a millisecond per request and gives way under load.
"""

from collections.abc import MutableMapping
from typing import Any, cast

from a2wsgi import WSGIMiddleware

from portal.config.wsgi import application as pages
from portal.core import stream as event_stream
from portal.core.stream import Receive, Scope, Send

# One more than a slow page or two may block; every thread is a database connection.
_pages: Any = WSGIMiddleware(cast("Any", pages), workers=4)

stream = event_stream.application


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" and scope["path"] != event_stream.PATH:

        async def receive_next() -> MutableMapping[str, Any]:
            # The server hands out futures, and a2wsgi takes only coroutines: without this, no body is ever read.
            return await receive()

        await _pages(scope, receive_next, send)
    else:
        await stream(scope, receive, send)

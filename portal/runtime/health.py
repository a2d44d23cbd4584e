"""What a load balancer asks: is the process alive, can it work."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

# Once all migrations are applied they stay so; the question costs too much to ask for every probe.
_known: set[str] = set()


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """503 with the reason until the database answers and has all migrations."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if "migrated" not in _known and pending_migrations():
            return _not_ready("migrations are missing: run `portal migrate`")
    except DatabaseError:
        return _not_ready("the database does not answer")
    _known.add("migrated")
    return HttpResponse("ready\n", content_type="text/plain")


def pending_migrations() -> list[str]:
    """:raises DatabaseError: when the database does not answer"""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _not_ready(reason: str) -> HttpResponse:
    return HttpResponse(f"not ready: {reason}\n", status=503, content_type="text/plain")

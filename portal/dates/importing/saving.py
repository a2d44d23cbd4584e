"""Many rows at once."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import F, Model, QuerySet
from django.db.models.functions import Greatest


def save_all(rows: Collection[Model], columns: Collection[str]) -> None:
    """Save these columns of rows that are there already, with one statement that stays small however many they are."""
    if rows and columns:
        manager: Any = type(next(iter(rows)))._default_manager
        manager.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=sorted(columns))


def note_reading(rows: "QuerySet[Any]", *, at: datetime) -> None:
    """That the shop has told of these rows, kept from the latest reading that was begun.

    Two may run at once: what a newer one has seen must not look unseen to it because an older one came by later.
    """
    rows.update(shop_read_at=Greatest(F("shop_read_at"), at))

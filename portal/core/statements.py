"""A query that Django puts into words once, for the few that are asked at every call.

    @cache
    def _bookings_of() -> Statement:
        return Statement(Booking.objects.filter(partner=Slot("partner_id")).values_list("pk", "status"))

    _bookings_of().fetch({"partner_id": 1})

Wording it anew costs more than the answer. Only the words are kept, never an answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Expression, Model, QuerySet


class Slot(Expression):
    """In a filter: the value of this name, given when the statement runs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", (self,)


class Statement:
    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        """:param rows: with `values_list` of columns, which come as the database gives them"""
        self._sql, self._values = rows.query.sql_with_params()

    def fetch(self, values: Mapping[str, Any], *, limit: int | None = None, start: int = 0) -> list[Any]:
        # As numbers in the text, as Django does it: PostgreSQL plans for few rows.
        page = f" LIMIT {int(limit)} OFFSET {int(start)}" if limit is not None else ""
        given = [values[each.name] if isinstance(each, Slot) else each for each in self._values]
        with connection.cursor() as cursor:
            cursor.execute(self._sql + page, given)
            return list(cursor.fetchall())


class ModelStatement(Statement):
    """As `select_related`: whole models, and beside them what these relations lead to.

    A column of those whose values Django would convert (JSON) is left out, and read once somebody asks for it.
    """

    def __init__(self, rows: QuerySet[Any, Any], *relations: str) -> None:
        """:raises TypeError: for a field whose values Django would convert (JSON)"""
        self._model = rows.model
        self._names = {"": _columns(rows.model)}
        if len(self._names[""]) < len(rows.model._meta.concrete_fields):
            raise TypeError(rows.model)
        for name in relations:
            self._names[name] = _columns(rows.model._meta.get_field(name).related_model)
        paths = [f"{name}__{each}" if name else each for name in self._names for each in self._names[name]]
        super().__init__(rows.values_list(*paths))

    def load(self, values: Mapping[str, Any], *, limit: int | None = None, start: int = 0) -> list[Any]:
        return [self._made(row) for row in self.fetch(values, limit=limit, start=start)]

    def _made(self, row: Sequence[Any]) -> Model:
        width = len(self._names[""])
        made: Model = self._model.from_db(DEFAULT_DB_ALIAS, self._names[""], row[:width])
        for name, names in list(self._names.items())[1:]:
            field, part = self._model._meta.get_field(name), row[width : width + len(names)]
            width += len(names)
            # Its key, the first column, stands in the row itself; a relation to nothing has no other values.
            is_there = any(value is not None for value in part[1:])
            related = field.related_model.from_db(DEFAULT_DB_ALIAS, names, part) if is_there else None
            field.set_cached_value(made, related)
        return made


class UpdateStatement:
    """As `save(update_fields=...)` of a row that is there, without signals."""

    def __init__(self, model: type[Model], names: Sequence[str]) -> None:
        self._fields: list[Any] = [model._meta.get_field(name) for name in names]
        table, key = model._meta.db_table, model._meta.pk.column
        columns = ", ".join(f'"{field.column}" = %s' for field in self._fields)
        self._sql = f'UPDATE "{table}" SET {columns} WHERE "{key}" = %s'  # noqa: S608 -- names of ours

    def save(self, row: Model) -> None:
        """:raises ObjectDoesNotExist: nothing was written: it is gone, or another partner's"""
        given = [
            field.get_db_prep_save(field.pre_save(row, add=False), connection=connection)
            for field in self._fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [*given, row.pk])
            if not cursor.rowcount:
                raise ObjectDoesNotExist(row)


def _columns(model: type[Model]) -> list[str]:
    """That come as the database gives them."""
    fields = model._meta.concrete_fields
    return [field.attname for field in fields if not field.get_db_converters(connection)]

"""Rows, cheaply: thousands of them inserted or looked up with one statement and one parameter, or one by one.

Django's `bulk_create` makes a model of each row and prepares each value by itself: 44 µs of CPU for a row of 14 columns
on PostgreSQL. As JSON, which PostgreSQL takes apart, it is 3 µs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, connections, transaction
from django.db.models import Model, QuerySet
from django.db.models.expressions import DatabaseDefault, RawSQL

from project.kernel.queries import repeated

Found = TypeVar("Found", bound=Model)


class Row(msgspec.Struct, kw_only=True):
    """What is to become a row. Fields are named as the model's columns; those left out have to be nullable."""

    # The database gives it.
    id: int = 0


def insert(model: type[Model], rows: Sequence[Row]) -> None:
    """Insert rows of one class, and give them their ids. Raises IntegrityError as `bulk_create` does."""
    if not rows:
        return
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_statement(model, type(rows[0])), [msgspec.json.encode(rows).decode()])
            ids = [id for (id,) in cursor.fetchall()]
    else:
        columns = _columns(type(rows[0]))
        models = [model(**{name: getattr(row, name) for name in columns}) for row in rows]
        ids = [one.pk for one in model._default_manager.bulk_create(models)]
    for row, id in zip(rows, ids, strict=True):
        row.id = id


def matching(model: type[Found], keys: Collection[tuple[Any, ...]]) -> QuerySet[Found]:
    """The rows whose columns are, taken together, as in one of `keys`: named tuples of one class, their fields named as
    the columns.

    An index on these columns is asked once for each key, where an `IN` for each column goes through whatever some of
    them share; and the statement stays the same, however many there are.
    """
    if not keys:
        return model._default_manager.none()
    given = msgspec.json.encode(keys).decode()
    return model._default_manager.filter(pk__in=RawSQL(_lookup(model, type(next(iter(keys)))), [given]))


def add(*new: Model) -> None:
    """Insert new rows of one class, the same columns given in each, and give them their ids: on PostgreSQL with one
    statement, and one for a quarter of what `save()` costs; without signals.

    Raises IntegrityError as `save()` does.
    """
    if connection.vendor == "postgresql":
        _add(new, "")
    else:
        for row in new:
            row.save(force_insert=True)


def add_new(*new: Model) -> bool:
    """The same, but false, and nothing inserted, where a row with a unique key of one of them is there, or was added
    by somebody whose transaction has committed meanwhile.
    """
    if connection.vendor == "postgresql":
        return _add(new, " ON CONFLICT DO NOTHING")
    try:
        with transaction.atomic():
            for row in new:
                row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def locked(model: type[Found], keys: Collection[int]) -> dict[int, Found]:
    """The rows with these primary keys, locked until the transaction ends; those that are not there yet are made.

    Rows are made before the first is locked, and both go in ascending order: who waits for somebody's new row holds
    nothing but new rows below it. In the other order, two who need the same rows could wait for each other.

    Raises IntegrityError where a row would refer to what does not exist.
    """
    ordered = sorted(set(keys))
    wanted = model._default_manager.filter(pk__in=ordered)
    there = set(wanted.values_list("pk", flat=True))
    if missing := [model(pk=key) for key in ordered if key not in there]:
        model._default_manager.bulk_create(missing, ignore_conflicts=True)
    return {row.pk: row for row in wanted.select_for_update().order_by("pk")}


def remove(*gone: Model) -> None:
    """Delete rows of one class that nothing refers to."""
    _delete(type(gone[0]), [row.pk for row in gone])


def _delete(model: type[Model], keys: Sequence[Any]) -> None:
    places = ", ".join(["%s"] * len(keys))
    with repeated() as cursor:
        cursor.execute(f'DELETE FROM "{model._meta.db_table}" WHERE "{model._meta.pk.column}" IN ({places})', keys)


def _add(new: Sequence[Model], on_conflict: str) -> bool:
    """Whether all were added."""
    given = []
    defaulted: list[Any] = []
    # Not `connection`, which looks for the thread's own for each value.
    database = connections[DEFAULT_DB_ALIAS]
    for row in new:
        defaulted, columns = [], []
        for field in _fields(type(row)):
            value = field.pre_save(row, add=True)
            if isinstance(value, DatabaseDefault):
                defaulted.append(field)
            else:
                columns.append((field.column, field.get_db_prep_save(value, database)))
        given.append(columns)
    table, key = new[0]._meta.db_table, new[0]._meta.pk
    names = ", ".join(f'"{column}"' for column, _ in given[0])
    places = ", ".join([f"({', '.join(['%s'] * len(given[0]))})"] * len(given))
    returned = ", ".join(f'"{field.column}"' for field in (key, *defaulted))
    insertion = f'INSERT INTO "{table}" ({names}) VALUES {places}{on_conflict} RETURNING {returned}'
    with repeated() as cursor:
        cursor.execute(insertion, [value for columns in given for _, value in columns])
        found = cursor.fetchall()
    if len(found) < len(new):
        if found:
            _delete(type(new[0]), [id for id, *_ in found])
        return False
    # In the order of the values, as `bulk_create` takes them too.
    for row, values in zip(new, found, strict=True):
        for field, value in zip((key, *defaulted), values, strict=True):
            setattr(row, field.attname, value)
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return True


def _looked_up(model: type[Model], shape: Any) -> str:
    if connection.vendor == "postgresql":
        # Without a length: a cast to `varchar(64)` would cut a longer value down to what is there.
        types = {
            field.column: str(field.db_type(connection)).partition("(")[0] for field in model._meta.concrete_fields
        }
        values = [f"(given.value ->> {index})::{types[name]}" for index, name in enumerate(shape._fields)]
        given = "json_array_elements(%s) AS given(value)"
    else:
        values = [f"json_extract(given.value, '$[{index}]')" for index in range(len(shape._fields))]
        given = "json_each(%s) AS given"
    on = " AND ".join(f'found."{name}" = {value}' for name, value in zip(shape._fields, values, strict=True))
    key = model._meta.pk.column
    return f'SELECT found."{key}" FROM "{model._meta.db_table}" AS found JOIN {given} ON {on}'


def _columns(shape: type[Row]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(shape) if field.name != "id"]


def _written(model: type[Model], shape: type[Row]) -> str:
    types = {field.column: field.db_type(connection) for field in model._meta.concrete_fields}
    names = ", ".join(f'"{name}"' for name in _columns(shape))
    typed = ", ".join(f'"{name}" {types[name]}' for name in _columns(shape))
    into = f'INSERT INTO "{model._meta.db_table}" ({names})'
    return f"{into} SELECT {names} FROM json_to_recordset(%s) AS given({typed}) RETURNING id"


def _to_write(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


# Any: mypy takes the hash of a class for that of its instances.
_fields: Any = cache(_to_write)
_statement: Any = cache(_written)
_lookup: Any = cache(_looked_up)

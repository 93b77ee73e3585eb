"""Query sets that are put together once.

Django makes the SQL of a query set anew each time: 0.2 to 0.6 ms of CPU, several times what it takes to send it and to
read the rows. Where each request asks the same questions, that is most of what it costs.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from inspect import Signature, signature
from typing import TYPE_CHECKING, Any, ClassVar, Generic, ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import BooleanField, Func, Model, QuerySet, Value, prefetch_related_objects
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

P = ParamSpec("P")
M = TypeVar("M", bound=Model)
Row = TypeVar("Row")


def repeated() -> CursorWrapper:
    """A cursor for a statement that comes again and again with other values: on PostgreSQL, each connection prepares it
    once.
    """
    # Not through `connection`, which looks for the thread's own each time it is asked for anything.
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql":
        plain: CursorWrapper = database.cursor()
        return plain
    from django.db.backends.postgresql.base import ServerBindingCursor

    # As `cursor()` does, but for the kind of cursor.
    database.close_if_health_check_failed()
    database.ensure_connection()
    cursor_class: Any = ServerBindingCursor
    prepared: CursorWrapper = database._prepare_cursor(cursor_class(database.connection))
    return prepared


class Among(Func):
    """The column is one of a list of numbers or texts, a parameter of a `compiled` query set: `IN`, whose SQL does not
    depend on how many they are.
    """

    arity = 2
    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field: ClassVar[Any] = BooleanField()

    def __init__(self, column: str, values: Collection[Any]) -> None:
        super().__init__(column, values)

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        nested = {"template": "%(expressions)s))", "arg_joiner": " IN (SELECT value FROM json_each("}
        return self.as_sql(compiler, connection, **nested, **context)


class _Compiled(Generic[P]):
    """What both kinds share: a statement for each thread, and the values that go into it."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make
        self._signature: Signature = signature(make)
        self._names = tuple(self._signature.parameters)
        self._in_thread = threading.local()
        self.__doc__ = make.__doc__

    def _made(self) -> Any:
        return self._make(**{name: Value(_Place(name)) for name in self._names})

    def _bind(self, params: Sequence[Any], *args: P.args, **kwargs: P.kwargs) -> tuple[Any, ...]:
        values: dict[str, Any] = dict(zip(self._names, args, strict=False)) | kwargs
        if len(args) + len(kwargs) != len(self._names) or values.keys() != self._signature.parameters.keys():
            # Raises TypeError, and says why.
            self._signature.bind(*args, **kwargs)
        return tuple(_adapted(values[one.name]) if isinstance(one, _Place) else one for one in params)


class compiled(_Compiled[P], Generic[P, M, Row]):  # noqa: N801  (used as a decorator)
    """A function from values to a query set becomes one to its rows, which keeps the SQL.

    Its parameters, none of which may be None, may be compared with columns (`pk=`, `since__gt=`, `Among`) and nothing
    else: the function is called once in each thread, with placeholders.
    """

    def __init__(self, make: Callable[P, QuerySet[M, Row]]) -> None:
        super().__init__(make)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[Row]:
        select = self._select()
        return select.rows(self._bind(select.params, *args, **kwargs))

    def first(self, count: int, *args: P.args, **kwargs: P.kwargs) -> list[Row]:
        """Not more than so many rows; of a query set without a limit of its own, and without locks."""
        select = self._select()
        return select.rows(self._bind(select.params, *args, **kwargs), limit=count)

    def _select(self) -> _Select:
        known: dict[str, _Select] = self._in_thread.__dict__
        return known.get("select") or known.setdefault("select", _Select(self._made()))


class compiled_update(_Compiled[P]):  # noqa: N801
    """The same for a function to a query set and what is to change in its rows; called, it says how many there were."""

    def __init__(self, make: Callable[P, tuple[QuerySet[Any], dict[str, Any]]]) -> None:
        super().__init__(make)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> int:
        sql, params = self._statement()
        with repeated() as cursor:
            cursor.execute(sql, self._bind(params, *args, **kwargs))
            return int(cursor.rowcount)

    def returning(self, columns: str, *args: P.args, **kwargs: P.kwargs) -> list[tuple[Any, ...]]:
        """The changed rows: of each, the columns, as the database has them."""
        sql, params = self._statement()
        with repeated() as cursor:
            cursor.execute(f"{sql} RETURNING {columns}", self._bind(params, *args, **kwargs))
            changed: list[tuple[Any, ...]] = cursor.fetchall()
            return changed

    def _statement(self) -> tuple[str, Sequence[Any]]:
        known: dict[str, tuple[str, Sequence[Any]]] = self._in_thread.__dict__
        return known.get("update") or known.setdefault("update", _update(*self._made()))


class _Place:
    """Where the value of a parameter goes."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Select:
    """The compiler of a query set, with its SQL, for the connection of one thread."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        query: Any = queryset.query
        compiler: Any = query.get_compiler(queryset.db)
        self._sql, self.params = compiler.as_sql()
        self._fetched: tuple[list[Any]] = ([],)
        self._read: Any = queryset._iterable_class(queryset)
        self._prefetched: Sequence[Any] = queryset._prefetch_related_lookups  # type: ignore[attr-defined]
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        # What reads rows asks the query for its compiler, and the compiler for chunks of them as the database gives
        # them, and for how values become Python's.
        compiler.execute_sql = lambda *_, **__: self._fetched
        compiler.get_converters = lambda _: converters
        query.get_compiler = lambda *_, **__: compiler

    def rows(self, bound: tuple[Any, ...], *, limit: int | None = None) -> list[Any]:
        with repeated() as cursor:
            # Not a parameter: PostgreSQL plans otherwise for a few rows than for who knows how many.
            cursor.execute(self._sql if limit is None else f"{self._sql} LIMIT {limit:d}", bound)
            self._fetched = (cursor.fetchall(),)
        rows = list(self._read)
        self._fetched = ([],)
        if self._prefetched:
            prefetch_related_objects(rows, *self._prefetched)
        return rows


def _update(queryset: QuerySet[Any], changes: dict[str, Any]) -> tuple[str, Sequence[Any]]:
    query: Any = queryset.query.chain(UpdateQuery)
    query.add_update_values(changes)
    sql, params = query.get_compiler(queryset.db).as_sql()
    return sql, params


def _adapted(value: Any) -> Any:
    """As the database takes it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, str | int):
        return value
    return json.dumps(list(value)) if connection.vendor == "sqlite" else list(value)

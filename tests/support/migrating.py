"""The database as it was at other migrations, with rows in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


@contextmanager
def migrated_back(*targets: tuple[str, str]) -> Iterator[Apps]:
    """Back to `targets` (an app and the name of its migration each), with the models of then; and forward again."""
    # Of all apps: the way back takes along what depends on them.
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    MigrationExecutor(connection).migrate(list(targets))
    try:
        yield MigrationExecutor(connection).loader.project_state(list(targets)).apps
    finally:
        MigrationExecutor(connection).migrate(latest)

"""import-linter sees imports; foreign keys can name a model by a string, so the models are walked here."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Field, ForeignObject

FLOORS = ["live", "commerce", "chat", "community"]
PYPROJECT = Path(__file__).parent.parent.parent / "pyproject.toml"


def _rooms() -> dict[str, list[str]]:
    """Package → its apps from top to bottom, as import-linter's contracts have them."""
    contracts = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
    rooms: dict[str, list[str]] = {}
    for contract in contracts:
        if contract["name"].startswith("Rooms of "):
            rooms[contract["name"].removeprefix("Rooms of ")] = contract["layers"]
    return rooms


def _height(app: str) -> tuple[int, int]:
    """How high an app stands: its floor, and its place on that floor."""
    floor = app.split(".")[0]
    layers = list(reversed(_rooms().get(floor, [])))
    room = next((n for n, names in enumerate(layers) if app in [name.strip() for name in names.split("|")]), 0)
    return len(FLOORS) - FLOORS.index(floor), room


def _references() -> list[tuple[str, Field[object, object]]]:
    ours = [config for config in apps.get_app_configs() if config.name.split(".")[0] in FLOORS]
    return [
        (config.name, field)
        for config in ours
        for model in config.get_models(include_auto_created=True)
        for field in model._meta.local_fields + model._meta.local_many_to_many
        if isinstance(field, ForeignObject) or field.many_to_many
    ]


@pytest.mark.parametrize(("app", "field"), _references(), ids=lambda part: str(part))
def test_foreign_keys_point_down(app: str, field: Field[object, object]) -> None:
    target = apps.get_app_config(field.related_model._meta.app_label).name  # type: ignore[union-attr]
    if target == app or target.startswith("django."):
        return
    assert target.split(".")[0] in FLOORS, f"{field} points at {target}"
    assert _height(app) > _height(target), f"{field} points up, at {target}"


def test_every_app_with_models_has_a_floor() -> None:
    for config in apps.get_app_configs():
        if Path(config.path).is_relative_to(PYPROJECT.parent) and ".venv" not in config.path:
            assert config.name.split(".")[0] in [*FLOORS, "project"], config.name


def test_the_engine_knows_no_product() -> None:
    realtime = apps.get_app_config("realtime")
    for model in realtime.get_models():
        for field in model._meta.local_fields:
            assert field.related_model is None, f"{field} leaves the engine"

"""What /metrics of running servers says, and that the dashboard asks for nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import urllib.request
from pathlib import Path
from typing import Any

import msgspec
import pytest
from centrifuge import Client, SubscriptionEventHandler
from django.conf import settings
from prometheus_client.parser import text_string_to_metric_families

from project.kernel.database import database
from project.realtime.publisher import Push, publish
from tests.project.server.test_draining import until, workers_of
from tests.support.factories import make_show
from tests.support.sdk import leave
from tests.support.stack import Stack, WebServer

pytestmark = pytest.mark.django_db(transaction=True)

DASHBOARD = settings.BASE_DIR / "deploy/grafana/souk.json"


def scraped(server: WebServer) -> dict[str, float]:
    """Values by sample: `souk_commands_total{command="rpc"}`."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


@pytest.fixture
def two_workers(live_stack: Stack, tmp_path: Path) -> WebServer:
    folder = tmp_path / "metrics"
    folder.mkdir()
    live_stack.environment |= {"WEB_WORKERS": "2", "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    live_stack.start()
    return live_stack.web[0]


async def test_what_two_workers_count_adds_up(two_workers: WebServer) -> None:
    server, show = two_workers, await database(make_show)
    channel = f"show:{show.pk}"
    heard: list[Any] = []

    class Ear(SubscriptionEventHandler):
        async def on_publication(self, ctx: Any) -> None:
            if ctx.pub.data["type"].startswith("test."):
                heard.append(ctx.pub.data)

    clients = [Client(server.websocket_url) for _ in range(8)]
    for client in clients:
        await client.connect()
        subscription = client.new_subscription(channel, Ear())
        await subscription.subscribe()
        await subscription.ready()
    kept = [msgspec.json.encode({"type": "test.kept", "n": n}) for n in range(5)]
    await asyncio.to_thread(publish, [Push(channel, kept, [b'{"type":"test.shown"}'])])
    await until(lambda: len(heard) == 6 * len(clients))

    def counted() -> bool:
        values = scraped(server)
        return (
            values['souk_connections{codec="json",transport="uvicorn"}'] == len(clients)
            and values['souk_subscriptions{kind="show"}'] == len(clients)
            and values['souk_commands_total{command="subscribe"}'] == len(clients)
            and values['souk_deliveries_total{class="durable"}'] >= 5 * len(clients)
            and values['souk_deliveries_total{class="ephemeral"}'] >= len(clients)
            and values["souk_processes"] == 2
            and values['souk_redis_links{state="up"}'] == 2
        )

    await until(counted)
    values = scraped(server)
    assert values["souk_publish_to_socket_seconds_count"] >= 1
    assert values["souk_loop_lag_seconds_count"] > 0
    assert values["souk_outbox_left_behind"] == 0
    assert values['souk_deliveries_total{class="durable"}'] >= values["souk_push_frames_total"] > 0
    await leave(*clients)

    # A worker that dies takes what it held with it; what it counted stays.
    counter = 'souk_commands_total{command="subscribe"}'
    # Each of the two answers some of these, and knows of the other what that one has written down.
    await until(lambda: {scraped(server)[counter] for _ in range(20)} == {len(clients)})
    one = min(workers_of(server))
    os.kill(one, signal.SIGKILL)
    await until(lambda: one not in (now := workers_of(server)) and len(now) == 2)
    await until(lambda: scraped(server)["souk_processes"] == 2)
    values = scraped(server)
    assert values[counter] == len(clients)
    assert values['souk_connections{codec="json",transport="uvicorn"}'] == 0


@pytest.fixture(scope="module")
def dashboard() -> Any:
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def panels_of(dashboard: Any) -> list[Any]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def test_the_dashboard_asks_only_for_what_a_server_tells(dashboard: Any, live_stack: Stack) -> None:
    live_stack.start()
    with urllib.request.urlopen(f"{live_stack.url}/metrics", timeout=10) as answer:
        kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", answer.read().decode(), re.MULTILINE))
    told = set(kinds)
    for name, kind in kinds.items():
        told |= {f"{name}_{part}" for part in ("bucket", "sum", "count") if kind == "histogram"}
    asked = set()
    for panel in panels_of(dashboard):
        for target in panel["targets"]:
            asked |= set(re.findall(r"\bsouk_\w+", target["expr"]))
    assert asked <= told
    # And it shows all there is.
    assert {name for name in kinds if not any(name in one for one in asked)} == set()


def test_every_panel_has_a_query_and_no_data_source_of_its_own(dashboard: Any) -> None:
    panels = panels_of(dashboard)
    assert all(panel["targets"] and all(target["expr"] for target in panel["targets"]) for panel in panels)
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in panels)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    variables = {variable["name"]: variable["type"] for variable in dashboard["templating"]["list"]}
    assert variables == {"datasource": "datasource", "job": "query"}
    rows = [panel["title"] for panel in dashboard["panels"] if panel["type"] == "row"]
    assert rows == ["Realtime", "Latency", "Commerce and chat: group commits", "Redis and database"]

"""The processes that Souk consists of work together on one database and one Valkey."""

from __future__ import annotations

from community.accounts.models import User
from tests.support.factories import make_user
from tests.support.stack import Stack


def test_two_web_servers_see_what_the_test_made(live_stack: Stack) -> None:
    user = make_user(display_name="小明")
    live_stack.start(web=2)
    cookie = live_stack.cookie_of(user)
    for server in live_stack.web:
        assert live_stack.get("/api/me/", cookie=cookie, server=server)["user"]["id"] == user.pk
        assert live_stack.get("/api/me/", server=server) == {"user": None}


def test_another_process_shares_the_database(live_stack: Stack) -> None:
    process = live_stack.start_python(
        "writer", "from tests.support.factories import make_user\nmake_user(email='from@elsewhere.example')"
    )
    live_stack.until(lambda: User.objects.filter(email="from@elsewhere.example").exists(), what="the other's row")
    live_stack.until(lambda: not process.is_running)
    assert process.last_words() == ""


def test_worker_and_stream_server_start_and_end(live_stack: Stack) -> None:
    live_stack.start(web=0, worker=True, ingest=True)
    assert [process.is_running for process in live_stack.processes] == [True, True]
    live_stack.close()
    assert [process.is_running for process in live_stack.processes] == [False, False]

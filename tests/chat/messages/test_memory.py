import asyncio
import threading

import pytest

from chat.messages.memory import ShortMemory

pytestmark = pytest.mark.django_db(transaction=True)


async def test_however_many_ask_it_is_loaded_once() -> None:
    loads: list[str] = []
    go_on = threading.Event()

    def load(key: str) -> int:
        loads.append(key)
        go_on.wait(10)
        return len(loads)

    memory = ShortMemory(load, secs=60)
    asking = [asyncio.create_task(memory.get("a")) for _ in range(20)]
    await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.gather(*asking) == [1] * 20
    assert await memory.get("a") == 1
    assert loads == ["a"]


async def test_what_is_forgotten_or_too_old_is_loaded_again() -> None:
    loads: list[str] = []

    def load(key: str) -> int:
        loads.append(key)
        return len(loads)

    memory = ShortMemory(load, secs=60)
    assert await memory.get("a") == 1
    memory.forget("a")
    assert await memory.get("a") == 2
    short = ShortMemory(load, secs=0)
    assert [await short.get("b"), await short.get("b")] == [3, 4]


async def test_an_error_is_not_remembered() -> None:
    answers = iter([ValueError("once"), 7])

    def load(_: str) -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    memory = ShortMemory(load, secs=60)
    with pytest.raises(ValueError, match="once"):
        await memory.get("a")
    assert await memory.get("a") == 7

"""People who buy while things break: what is not answered is asked again with its key, until it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from centrifuge import Client, ReplyError

from project.kernel.ids import new_key
from tests.faults.audience import QUICKLY
from tests.support.sdk import leave

PATIENCE_SECS = 90
PAUSE_SECS = 0.3
CSRF = "a" * 32
NOT_YET = {"in_progress", "busy", "payments_unavailable"}


@dataclass(kw_only=True)
class Shopper:
    """Claims a unit of the sale, or takes one off the shelf; orders it; pays.

    `leaves_after` a "claim", an "order" or, without looking whether it worked, the provider's "page". `claim`,
    `order` and `paid` are what it was told; `refusal` is why it got nothing.
    """

    user_id: int
    url: str
    websocket_url: str
    cookie: str
    token: str
    address: int
    sku: int
    price: int
    sale: int | None
    leaves_after: str = ""
    claim: int | None = None
    order: str = ""
    paid: bool = False
    refusal: str = ""
    # How often there was no answer, or none that counted.
    trouble: int = 0
    _last: str = ""
    _keys: dict[str, str] = field(default_factory=dict)

    @property
    def pays(self) -> bool:
        """Whether it said to the provider that it does."""
        return bool(self.order) and self.leaves_after in ("", "page")

    async def buy(self) -> None:
        if self.sale:
            await self._claim()
            if self.refusal or self.leaves_after == "claim":
                return
        wanted = {"claim": self.claim} if self.claim else {"lines": [{"sku": self.sku, "quantity": 1}]}
        ordered = await self._post(
            "/api/checkout/", {**wanted, "address": self.address, "expected_total": self.price}, final="out_of_stock"
        )
        if self.refusal:
            return
        self.order = ordered["purchase"]
        if self.leaves_after == "order":
            return
        payment = await self._post("/api/payments/", {"order": self.order})
        await self._until(lambda: self._decide(payment["pay_url"]))
        if not self.leaves_after:
            await self._until(lambda: self._is_paid(payment["id"]))
            self.paid = True

    async def _claim(self) -> None:
        client = Client(self.websocket_url, token=self.token, **QUICKLY)
        await client.connect()
        until, sold_out = time.monotonic() + PATIENCE_SECS, 0
        try:
            while True:
                assert time.monotonic() < until, f"no answer to a claim; at last it was {self._last}"
                try:
                    answer = await client.rpc("sale.claim", {"sale": self.sale, "sku": self.sku, "key": "mine"})
                    self.claim = answer.data["claim"]
                    return
                except ReplyError as refusal:
                    # What a process knows is a second old: whose answer was lost asks again before it gives up.
                    sold_out = sold_out + 1 if refusal.message == "sold_out" else 0
                    if sold_out > 4:
                        self.refusal = "sold_out"
                        return
                    self._last = refusal.message
                except Exception as error:  # the SDK's own, and those of the connection
                    sold_out, self._last = 0, repr(error)
                    self.trouble += 1
                await asyncio.sleep(PAUSE_SECS)
        finally:
            await leave(client)

    async def _post(self, path: str, body: Any, *, final: str = "") -> Any:
        """What was answered in the end; a `final` refusal is noted."""
        key = self._keys.setdefault(path, new_key())

        def once() -> Any:
            answer = self._send("POST", path, json=body, headers={"Idempotency-Key": key})
            if answer.status_code >= 500:
                return None
            said = answer.json()
            code = said.get("error", {}).get("code", "")
            if code in NOT_YET:
                return None
            if code and code == final:
                self.refusal = code
            else:
                assert answer.ok, (path, answer.status_code, said)
            return said

        return await self._until(once)

    def _decide(self, page: str) -> bool:
        return self._send("POST", page, data={"decision": "pay"}, allow_redirects=False).status_code == 302

    def _is_paid(self, payment: int) -> bool:
        """As the page that waits for it."""
        answer = self._send("GET", f"/api/payments/{payment}/")
        return answer.ok and answer.json()["state"] == "succeeded"

    def _send(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> requests.Response:
        cookie = f"{self.cookie}; csrftoken={CSRF}"
        given = {"Cookie": cookie, "X-CSRFToken": CSRF, "Connection": "close", **(headers or {})}
        answer = requests.request(method, f"{self.url}{path}", headers=given, timeout=15, **options)
        self._last = f"{path}: {answer.status_code} {answer.text[:200]}"
        return answer

    async def _until(self, once: Callable[[], Any]) -> Any:
        until = time.monotonic() + PATIENCE_SECS
        while True:
            try:
                if found := await asyncio.to_thread(once):
                    return found
            except requests.RequestException as error:
                self._last = repr(error)
                self.trouble += 1
            assert time.monotonic() < until, f"no answer; at last it was {self._last}"
            await asyncio.sleep(PAUSE_SECS)

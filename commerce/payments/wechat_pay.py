"""WeChat Pay v3 (Native: the buyer scans `weixin://…`) behind the port.

WECHAT_PAY_MCHID, WECHAT_PAY_APPID, WECHAT_PAY_KEY and WECHAT_PAY_CERT_SERIAL (the merchant's), WECHAT_PAY_APIV3_KEY,
WECHAT_PAY_PUBLIC_KEY and WECHAT_PAY_PUBLIC_KEY_ID (the platform's): answers and callbacks are believed when they were
signed with that key alone. Source: https://pay.weixin.qq.com/doc/v3/merchant/4012365342
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import build_authorization

from commerce.payments import config, wechat_bill
from commerce.payments.errors import BadSignature, PaymentMismatch
from commerce.payments.port import (
    BadStatement,
    Charge,
    ChargeState,
    Notice,
    ProviderUnavailable,
    RefundRefused,
    StatementEntry,
)
from commerce.payments.statements import fetch
from project.kernel.clock import now
from project.kernel.errors import Forbidden, Invalid
from project.kernel.money import Money

log = logging.getLogger(__name__)

GATEWAY = "https://api.mch.weixin.qq.com"
OLDEST_SECS = 300
NEEDED = (
    "WECHAT_PAY_MCHID",
    "WECHAT_PAY_APPID",
    "WECHAT_PAY_KEY",
    "WECHAT_PAY_CERT_SERIAL",
    "WECHAT_PAY_APIV3_KEY",
    "WECHAT_PAY_PUBLIC_KEY",
    "WECHAT_PAY_PUBLIC_KEY_ID",
)
STATES = {
    "SUCCESS": ChargeState.SUCCEEDED,
    # Paid, and some of it was sent back.
    "REFUND": ChargeState.SUCCEEDED,
    "NOTPAY": ChargeState.OPEN,
    "USERPAYING": ChargeState.OPEN,
    "CLOSED": ChargeState.CLOSED,
    "REVOKED": ChargeState.CLOSED,
    "PAYERROR": ChargeState.DECLINED,
}
NOT_THERE = ("ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS")


class _Amount(msgspec.Struct, kw_only=True):
    total: int
    currency: str = "CNY"


class _Transaction(msgspec.Struct, kw_only=True):
    appid: str
    mchid: str
    out_trade_no: str
    trade_state: str
    attach: str | None = None
    amount: _Amount | None = None


class _Event(msgspec.Struct, kw_only=True):
    id: str
    event_type: str
    resource: dict[str, Any]


class WeChatPayProvider:
    name = "wechat"
    taken = ""
    zone: tzinfo = ZoneInfo("Asia/Shanghai")

    def is_ready(self) -> bool:
        return config.all_set(*NEEDED)

    def takes(self, amount: Money) -> bool:
        return amount.currency == "CNY" and amount.amount > 0

    def start(self, *, key: str, order_number: str, amount: Money, expires_at: datetime) -> str:
        code, answer = _call(
            lambda sdk: sdk.pay(
                description=order_number,
                out_trade_no=key,
                attach=order_number,
                amount={"total": amount.amount, "currency": amount.currency},
                time_expire=expires_at.astimezone(self.zone).isoformat(timespec="seconds"),
                notify_url=config.webhook_url(self.name),
            )
        )
        url = answer.get("code_url")
        if code != 200 or not (isinstance(url, str) and url.startswith("weixin://")):
            raise _unexpected("start", code, answer)
        return url

    def query(self, *, key: str) -> Charge:
        code, answer = _call(lambda sdk: sdk.query(out_trade_no=key))
        if code == 404 and answer.get("code") in NOT_THERE:
            return Charge(key=key, state=ChargeState.UNKNOWN)
        if code != 200:
            raise _unexpected("query", code, answer)
        try:
            return _charge(answer)
        except (Invalid, PaymentMismatch):
            raise _unexpected("query", code, answer) from None

    def close(self, *, key: str) -> Charge:
        code, _ = _call(lambda sdk: sdk.close(out_trade_no=key))
        if code == 204:
            return Charge(key=key, state=ChargeState.CLOSED)
        # Paid, closed before, or never begun.
        return self.query(key=key)

    def refund(self, *, key: str, refund_key: str, amount: Money, paid: Money) -> None:
        code, answer = _call(
            lambda sdk: sdk.refund(
                out_refund_no=refund_key,
                out_trade_no=key,
                amount={"refund": amount.amount, "total": paid.amount, "currency": amount.currency},
            )
        )
        if code == 200 and answer.get("out_refund_no") == refund_key and answer.get("status") in ("CLOSED", "ABNORMAL"):
            raise RefundRefused(answer["status"])
        ours = answer.get("out_refund_no") == refund_key and _says(answer.get("amount"), "refund", amount.amount)
        if code != 200 or answer.get("status") != "SUCCESS" or not ours:
            raise _unexpected("refund", code, answer)

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        if not self.is_ready():
            raise Forbidden
        signed = {name: headers.get(name, "") for name in SIGNED}
        _check_age(signed["Wechatpay-Timestamp"])
        # Only the key that was named beforehand; for another one, the SDK would ask WeChat for certificates.
        if signed["Wechatpay-Serial"] != config.read("WECHAT_PAY_PUBLIC_KEY_ID"):
            raise BadSignature
        sdk = _sdk()
        try:
            if not sdk._core._verify_signature(signed, body.decode()):
                raise BadSignature
        except BadSignature:
            raise
        except Exception:
            raise BadSignature from None
        try:
            event = sdk.callback(signed, body)
        except Exception:
            raise Invalid from None
        if not isinstance(event, dict) or not isinstance(event.get("resource"), dict):
            raise Invalid
        # Who paid is nobody's business here.
        kept = {name: value for name, value in event["resource"].items() if name in _Transaction.__struct_fields__}
        return self.read_body(body={"id": event.get("id"), "event_type": event.get("event_type"), "resource": kept})

    def read_body(self, *, body: dict[str, Any]) -> Notice:
        try:
            event = msgspec.convert(body, _Event)
        except msgspec.ValidationError:
            raise Invalid from None
        charge = _charge(event.resource) if event.event_type.startswith("TRANSACTION.") else None
        return Notice(event_id=event.id, charge=charge, body=body)

    def statement(self, *, day: date) -> list[StatementEntry]:
        code, answer = _call(lambda sdk: sdk.trade_bill(bill_date=day.isoformat(), tar_type=None))
        if code == 400 and answer.get("code") == "NO_STATEMENT_EXIST":
            return []
        url, digest = answer.get("download_url"), answer.get("hash_value")
        gateway = config.read("WECHAT_PAY_GATEWAY", GATEWAY)
        if code != 200 or not isinstance(url, str) or not url.startswith(f"{gateway}/"):
            raise _unexpected("statement", code, answer)
        content = fetch(url, headers=_authorization(url.removeprefix(gateway)))
        # The bill itself is not signed; the answer that names its digest is.
        if answer.get("hash_type") != "SHA1" or hashlib.sha1(content).hexdigest() != str(digest).lower():
            raise BadStatement("its digest is another one")
        return wechat_bill.read(content)


SIGNED = (
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
    "Wechatpay-Signature",
    "Wechatpay-Serial",
    "Wechatpay-Signature-Type",
)


def _check_age(stamp: str) -> None:
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 15):
        raise BadSignature
    if abs(now().timestamp() - int(stamp)) > OLDEST_SECS:
        raise BadSignature


def _sdk() -> Any:
    return _sdk_with(
        config.read("WECHAT_PAY_GATEWAY", GATEWAY),
        config.TIMEOUT_SECS,
        mchid=config.read("WECHAT_PAY_MCHID"),
        private_key=config.read("WECHAT_PAY_KEY"),
        cert_serial_no=config.read("WECHAT_PAY_CERT_SERIAL"),
        appid=config.read("WECHAT_PAY_APPID"),
        apiv3_key=config.read("WECHAT_PAY_APIV3_KEY"),
        public_key=config.read("WECHAT_PAY_PUBLIC_KEY"),
        public_key_id=config.read("WECHAT_PAY_PUBLIC_KEY_ID"),
    )


# Kept, since to read the keys takes 40 ms; with a public key of the platform the SDK changes nothing in itself.
@lru_cache(maxsize=1)
def _sdk_with(gateway: str, timeout_secs: tuple[float, float], **account: str) -> Any:
    sdk = WeChatPay(wechatpay_type=WeChatPayType.NATIVE, timeout=timeout_secs, **account)
    # The SDK has no setting for it.
    sdk._core._gate_way = gateway
    return sdk


def _authorization(path: str) -> dict[str, str]:
    core = _sdk()._core
    signed = build_authorization(path, "GET", core._mchid, core._cert_serial_no, core._private_key)
    return {"Authorization": signed, "Accept": "*/*", "User-Agent": "souk"}


def _call(ask: Callable[[Any], tuple[int, Any]]) -> tuple[int, dict[str, Any]]:
    """Raises ProviderUnavailable: no answer, or one that the platform did not sign."""
    try:
        code, text = ask(_sdk())
        answer = json.loads(text) if text else {}
    except Exception as error:  # the SDK raises bare Exceptions
        raise ProviderUnavailable from error
    return code, answer if isinstance(answer, dict) else {}


def _says(about: Any, name: str, amount: int) -> bool:
    """Whether an answer has that amount, or leaves it out."""
    return about is None or (isinstance(about, dict) and about.get(name, amount) == amount)


def _unexpected(what: str, code: int, answer: dict[str, Any]) -> ProviderUnavailable:
    log.warning("WeChat Pay, %s: %d %s %s", what, code, answer.get("code"), answer.get("status"))
    return ProviderUnavailable(what)


def _charge(answer: dict[str, Any]) -> Charge:
    """Raises Invalid, PaymentMismatch (another merchant's)."""
    try:
        found = msgspec.convert(answer, _Transaction)
    except msgspec.ValidationError:
        raise Invalid from None
    if (found.mchid, found.appid) != (config.read("WECHAT_PAY_MCHID"), config.read("WECHAT_PAY_APPID")):
        raise PaymentMismatch
    if found.trade_state not in STATES:
        raise Invalid
    return Charge(
        key=found.out_trade_no,
        state=STATES[found.trade_state],
        amount=Money(found.amount.total, found.amount.currency) if found.amount else None,
        order_number=found.attach or None,
    )

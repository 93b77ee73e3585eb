"""Alipay (page pay) behind the port.

ALIPAY_APP_ID, ALIPAY_SELLER_ID, ALIPAY_KEY (ours), ALIPAY_PUBLIC_KEY (theirs); ALIPAY_BILL names the bill that is
reconciled, `trade` unless it is `signcustomer`. A trade begins when the buyer opens the
page, so one that nobody opened is not there; the page itself expires with the attempt.
Source: https://opendocs.alipay.com/open/270/105902
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from alipay import AliPay
from alipay.utils import AliPayConfig
from django.db.models import F, QuerySet

from commerce.payments import alipay_bill, config
from commerce.payments.errors import BadSignature, PaymentMismatch
from commerce.payments.models import ReconciliationRow, Refund, TopUpDecision
from commerce.payments.port import Charge, ChargeState, Notice, ProviderUnavailable, RefundRefused, StatementEntry
from commerce.payments.statements import fetch
from commerce.payments.yuan import to_fen, to_yuan
from project.kernel.clock import now
from project.kernel.errors import Forbidden, Invalid
from project.kernel.money import Money

log = logging.getLogger(__name__)

GATEWAY = "https://openapi.alipay.com/gateway.do"
# Beyond the time within which Alipay sends money back.
TOO_LATE = "ACQ.TRADE_HAS_FINISHED"
# Alipay tells again for a day and an hour.
OLDEST = timedelta(hours=25)
AHEAD = timedelta(minutes=5)
STATES = {
    "WAIT_BUYER_PAY": ChargeState.OPEN,
    "TRADE_SUCCESS": ChargeState.SUCCEEDED,
    "TRADE_FINISHED": ChargeState.SUCCEEDED,
    "TRADE_CLOSED": ChargeState.CLOSED,
}
KEPT = ("notify_id", "out_trade_no", "trade_status", "total_amount", "passback_params")
# The bill of a day is made in the morning of the next one.
BILLS_ARE_THERE = time(12)
# A trade is at most 100,000,000 yuan.
MOST_AMOUNT = 10_000_000_000
CLOCK = "%Y-%m-%d %H:%M:%S"


class AlipayProvider:
    name = "alipay"
    taken = "success"
    zone: tzinfo = ZoneInfo("Asia/Shanghai")

    def is_ready(self) -> bool:
        return config.all_set("ALIPAY_APP_ID", "ALIPAY_SELLER_ID", "ALIPAY_KEY", "ALIPAY_PUBLIC_KEY")

    def takes(self, amount: Money) -> bool:
        return amount.currency == "CNY" and 0 < amount.amount <= MOST_AMOUNT

    def start(self, *, key: str, order_number: str, amount: Money, expires_at: datetime) -> str:
        trade = {
            "out_trade_no": key,
            "product_code": "FAST_INSTANT_TRADE_PAY",
            "total_amount": to_yuan(amount.amount),
            "subject": order_number,
            "passback_params": order_number,
            "time_expire": expires_at.astimezone(self.zone).strftime(CLOCK),
        }
        signed = _sdk().client_api(
            "alipay.trade.page.pay",
            trade,
            return_url=config.page_of(order_number),
            notify_url=config.webhook_url(self.name),
            timestamp=_stamp(self.zone),
        )
        return f"{config.read('ALIPAY_GATEWAY', GATEWAY)}?{signed}"

    def query(self, *, key: str) -> Charge:
        answer = self._ask("alipay.trade.query", {"out_trade_no": key})
        if answer.get("sub_code") == "ACQ.TRADE_NOT_EXIST":
            return Charge(key=key, state=ChargeState.UNKNOWN)
        if answer.get("code") != "10000":
            raise _unexpected("query", answer)
        try:
            return _charge(answer)
        except Invalid:
            raise _unexpected("query", answer) from None

    def close(self, *, key: str) -> Charge:
        answer = self._ask("alipay.trade.close", {"out_trade_no": key})
        if answer.get("code") == "10000":
            return Charge(key=key, state=ChargeState.CLOSED)
        # Paid, closed before, or never begun.
        return self.query(key=key)

    def refund(self, *, key: str, refund_key: str, amount: Money, paid: Money) -> None:
        yuan = to_yuan(amount.amount)
        about = {"out_trade_no": key, "out_request_no": refund_key}
        answer = self._ask("alipay.trade.refund", {**about, "refund_amount": yuan})
        if answer.get("sub_code") == TOO_LATE:
            raise RefundRefused(TOO_LATE)
        if answer.get("code") != "10000" or answer.get("out_trade_no", key) != key:
            raise _unexpected("refund", answer)
        if answer.get("fund_change") == "Y":
            return
        # Accepted, or done at an earlier call.
        answer = self._ask("alipay.trade.fastpay.refund.query", about)
        if answer.get("refund_status") != "REFUND_SUCCESS" or answer.get("refund_amount") != yuan:
            raise _unexpected("refund", answer)

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        if not self.is_ready():
            raise Forbidden
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        except ValueError:
            raise BadSignature from None
        form = dict(pairs)
        signature = form.pop("sign", "")
        # A name that comes twice could be read in two ways.
        if len(form) + 1 != len(pairs) or form.get("sign_type") != "RSA2":
            raise BadSignature
        try:
            genuine = _sdk().verify(dict(form), signature)
        except Exception:  # of another form altogether
            raise BadSignature from None
        if not genuine:
            raise BadSignature
        try:
            told_at = datetime.strptime(form.get("notify_time", ""), CLOCK).replace(tzinfo=self.zone)
        except ValueError:
            raise Invalid from None
        if not -AHEAD <= now() - told_at <= OLDEST:
            raise BadSignature
        ours = (config.read("ALIPAY_APP_ID"), config.read("ALIPAY_SELLER_ID"))
        if (form.get("app_id"), form.get("seller_id")) != ours:
            raise PaymentMismatch
        return self.read_body(body={name: form[name] for name in KEPT if name in form})

    def read_body(self, *, body: dict[str, Any]) -> Notice:
        event_id = body.get("notify_id")
        if not isinstance(event_id, str) or not 1 <= len(event_id) <= 128:
            raise Invalid
        return Notice(event_id=event_id, charge=_charge(body), body=body)

    def statement(self, *, day: date) -> list[StatementEntry]:
        kind: alipay_bill.Kind = "signcustomer" if config.read("ALIPAY_BILL") == "signcustomer" else "trade"
        about = {"bill_type": kind, "bill_date": day.isoformat()}
        answer = self._ask("alipay.data.dataservice.bill.downloadurl.query", about)
        if str(answer.get("sub_code")).lower().endswith("bill_not_exist"):
            # Not there yet, or nothing moved.
            if now() < datetime.combine(day, BILLS_ARE_THERE, tzinfo=self.zone) + timedelta(days=1):
                raise ProviderUnavailable("statement")
            return []
        url = answer.get("bill_download_url")
        if answer.get("code") != "10000" or not isinstance(url, str):
            raise _unexpected("statement", answer)
        return alipay_bill.read(fetch(_bill_url(url)), kind=kind, refund_key=_RefundKeys(day))

    def _ask(self, method: str, about: dict[str, str]) -> dict[str, Any]:
        """Raises ProviderUnavailable: no answer, or one that Alipay did not sign."""
        try:
            answer = _sdk().server_api(method, about, timestamp=_stamp(self.zone))
        except Exception as error:  # the SDK lets whatever happens through
            raise ProviderUnavailable from error
        if not isinstance(answer, dict):
            raise ProviderUnavailable
        return answer


class _RefundKeys:
    """Of refunds that a bill names by their trade and amount alone: ours, each once, in the order in which they were
    done."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.taken: set[str] = set()

    def __call__(self, trade: str, fen: int) -> str:
        told = ReconciliationRow.objects.filter(provider=AlipayProvider.name, kind="refunded").exclude(day=self.day)
        ours = Refund.objects.filter(
            payment__provider=AlipayProvider.name, payment__provider_key=trade, amount=fen, state=Refund.State.DONE
        )
        sent_back = TopUpDecision.objects.filter(
            top_up__provider=AlipayProvider.name, top_up__provider_key=trade, amount=fen, done_at__isnull=False
        ).annotate(key=F("refund_key"))
        # A trade is of a payment or of a top-up.
        key = self._left(ours, told) or self._left(sent_back, told)
        self.taken.add(key)
        return key

    def _left(self, done: QuerySet[Any], told: QuerySet[ReconciliationRow]) -> str:
        left = done.exclude(key__in=self.taken).exclude(key__in=told.filter(times__gt=0).values("key"))
        return left.order_by("done_at", "pk").values_list("key", flat=True).first() or ""


def _bill_url(url: str) -> str:
    """Bills lie on a server of Alipay's, or on that of the gateway; never in clear. Raises ProviderUnavailable."""
    asked, gateway = urlsplit(url), urlsplit(config.read("ALIPAY_GATEWAY", GATEWAY))
    if (asked.scheme, asked.netloc) == (gateway.scheme, gateway.netloc):
        return url
    host = asked.hostname or ""
    if asked.port is None and asked.username is None and host.endswith((".alipay.com", ".alipaydev.com")):
        return asked._replace(scheme="https").geturl()
    log.warning("Alipay, statement: the bill lies on %r", host)
    raise ProviderUnavailable("statement")


def _stamp(zone: tzinfo) -> str:
    return now().astimezone(zone).strftime(CLOCK)


def _sdk() -> Any:
    return _sdk_with(
        config.read("ALIPAY_APP_ID"),
        config.read("ALIPAY_KEY"),
        config.read("ALIPAY_PUBLIC_KEY"),
        config.read("ALIPAY_GATEWAY", GATEWAY),
        config.TIMEOUT_SECS[1],
    )


# Kept, since the SDK proves for 50 ms that the key is one; it changes nothing in itself afterwards.
@lru_cache(maxsize=1)
def _sdk_with(app_id: str, key: str, public_key: str, gateway: str, timeout_secs: float) -> Any:
    sdk = AliPay(
        appid=app_id,
        app_private_key_string=key,
        alipay_public_key_string=public_key,
        sign_type="RSA2",
        config=AliPayConfig(timeout=timeout_secs),
    )
    # The SDK knows its own addresses only.
    sdk._gateway = gateway
    return sdk


def _unexpected(what: str, answer: dict[str, Any]) -> ProviderUnavailable:
    log.warning("Alipay, %s: %s %s", what, answer.get("code"), answer.get("sub_code"))
    return ProviderUnavailable(what)


def _charge(answer: dict[str, Any]) -> Charge:
    """Raises Invalid."""
    state = STATES.get(str(answer.get("trade_status")))
    key, yuan = answer.get("out_trade_no"), answer.get("total_amount")
    if state is None or not isinstance(key, str) or not isinstance(yuan, str):
        raise Invalid
    try:
        amount = Money(to_fen(yuan), "CNY")
    except ValueError:
        raise Invalid from None
    return Charge(key=key, state=state, amount=amount, order_number=answer.get("passback_params"))

"""Alipay's bills: a ZIP of GBK tables, whose address Alipay signs."""

from __future__ import annotations

import csv
import zipfile
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest

from commerce.payments import statements
from commerce.payments.alipay_pay import AlipayProvider
from commerce.payments.errors import PaymentsUnavailable
from commerce.payments.models import LedgerEntry, Payment, ReconciliationRow, Refund, TopUp
from commerce.payments.port import BadStatement, ProviderUnavailable, StatementEntry
from commerce.payments.services import refunds
from commerce.payments.services.attempts import start_payment
from commerce.payments.services.misfits import Way, decide_top_up
from commerce.payments.services.settlement import settle
from commerce.payments.services.top_ups import start_top_up
from project.kernel.clock import now
from project.kernel.money import Money
from tests.commerce.payments.stand_ins.alipay import STRANGER, says
from tests.commerce.payments.stand_ins.server import Answer, Asked, StandIn
from tests.commerce.payments.test_partial_refunds import ask
from tests.support.buying import order_sku
from tests.support.comparing import compare
from tests.support.factories import make_sku, make_user

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 3)
TRADE = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
ACCOUNT = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,"
    "业务类型,备注"
)


def row(header: str, **cells: str) -> str:
    """Each cell ends with a tab, as in the bills; a title may hold commas."""
    line = StringIO()
    csv.writer(line, lineterminator="").writerow(f"{cells.get(name, '')}\t" for name in header.split(","))
    return line.getvalue()


def trade(key: str, yuan: str, *, back: str = "", **cells: str) -> str:
    kind = "退款" if back else "交易"
    about = {"商户订单号": key, "业务类型": kind, "订单金额（元）": yuan, "退款批次号/请求号": back}
    return row(TRADE, **{"支付宝交易号": "20261103", "商品名称": "茶, 红", **about, **cells})


def moved(key: str, kind: str, *, came: str = "0.00", went: str = "0.00", number: str = "3001") -> str:
    about = {"商户订单号": key, "业务类型": kind, "收入金额（+元）": came, "支出金额（-元）": went}
    return row(ACCOUNT, **{"账务流水号": number, **about})


def table(*rows: str, header: str = TRADE, what: str = "业务明细", end: bool = True) -> str:
    lines = [f"#支付宝{what}查询", "#账号：[20880000000000010156]", "#起始日期：[2026年11月03日 00:00:00]"]
    lines += [f"#-------{what}列表-------", header, *rows]
    return "\r\n".join([*lines, *([f"#-------{what}列表结束-------", "#导出时间：[2026年11月04日]"] if end else [])])


def packed(**tables: str) -> bytes:
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in tables.items():
            archive.writestr(f"2088_20261103_{name}.csv", text.encode("gbk"))
    return whole.getvalue()


SUMMARY = "#支付宝业务汇总查询\r\n门店编号,门店名称,交易订单总笔数\r\n#-------业务汇总列表结束-------"


def bill_is(alipay: StandIn, content: bytes, **more: Any) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.path.startswith("/downloadBillFile.resource"):
            return 200, {"Content-Type": "application/zip"}, content
        return says(  # type: ignore[no-any-return]
            **{"code": "10000", "bill_download_url": f"{alipay.url}/downloadBillFile.resource?fileId=1", **more}
        )(asked)

    alipay.answer = answer


def paid(key: str, fen: int) -> StatementEntry:
    return StatementEntry(kind="paid", key=key, amount=Money(fen, "CNY"))


def back(key: str, fen: int) -> StatementEntry:
    return StatementEntry(kind="refunded", key=key, amount=Money(fen, "CNY"))


def test_the_bill_of_trades_is_fetched_and_read(alipay: StandIn) -> None:
    rows = [trade("k1", "10.05"), trade("k1", "-3.00", back="r1"), trade("k2", "0.10")]
    bill_is(alipay, packed(**{"业务明细": table(*rows), "业务明细(汇总)": SUMMARY}))
    assert AlipayProvider().statement(day=DAY) == [paid("k1", 1005), back("r1", 300), paid("k2", 10)]
    assert alipay.paths() == ["GET /gateway.do", "GET /downloadBillFile.resource"]


def test_a_day_on_which_nothing_moved_is_empty(alipay: StandIn) -> None:
    bill_is(alipay, packed(**{"业务明细": table()}))
    assert AlipayProvider().statement(day=DAY) == []


def test_a_bill_that_is_not_there_in_the_morning_may_come_and_later_it_is_none(alipay: StandIn) -> None:
    provider = AlipayProvider()
    alipay.answer = says(code="40004", sub_code="isp.bill_not_exist")
    today = now().astimezone(provider.zone).date()
    with pytest.raises(ProviderUnavailable):
        provider.statement(day=today)
    assert provider.statement(day=today - timedelta(days=2)) == []


def settled(alipay: StandIn, *back: int) -> tuple[Payment, list[Refund]]:
    """A paid order of 10.05, and what went back of it."""
    order = order_sku(sku=make_sku(price=1005))
    payment = start_payment(buyer_id=order.buyer_id, number=order.number, key="k", provider="alipay")
    alipay.answer = says(
        code="10000", out_trade_no=payment.provider_key, trade_status="TRADE_SUCCESS", total_amount="10.05"
    )
    settle(payment=payment, charge=AlipayProvider().query(key=payment.provider_key))
    order.refresh_from_db()
    due = [ask(order, fen, f"aftersale:{number}") for number, fen in enumerate(back)]
    alipay.answer = says(code="10000", fund_change="Y")
    assert refunds.send_refunds() == len(due)
    LedgerEntry.objects.update(at=f"{DAY}T10:00:00+08:00")
    return payment, due


def results() -> list[tuple[str, str, int | None, int | None]]:
    rows = ReconciliationRow.objects.order_by("pk").values_list("kind", "result", "ours", "theirs")
    return list(rows)


def test_what_alipay_says_is_compared_with_the_ledger(alipay: StandIn) -> None:
    payment, (refund,) = settled(alipay, 300)
    rows = [trade(payment.provider_key, "10.05"), trade(payment.provider_key, "-3.01", back=refund.key)]
    bill_is(alipay, packed(**{"业务明细": table(*rows, trade("by-hand", "1.00"))}))
    compare(AlipayProvider(), DAY)
    assert results() == [
        ("paid", "ok", 1005, 1005),
        ("refunded", "amount_differs", 300, 301),
        ("paid", "we_miss", None, 100),
    ]


def test_the_bill_of_the_account_knows_refunds_by_their_trade(alipay: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIPAY_BILL", "signcustomer")
    payment, due = settled(alipay, 300, 300)
    key = payment.provider_key
    rows = [
        moved(key, "在线支付", came="10.05"),
        moved(key, "收费", went="-0.06"),
        moved(key, "交易退款", went="-3.00", number="4001"),
        moved(key, "交易退款", went="-3.00", number="4002"),
        moved(key, "交易退款", went="-2.00", number="4003"),
        moved("", "提现", went="-5.00"),
    ]
    bill_is(alipay, packed(**{"账务明细": table(*rows, header=ACCOUNT, what="账务明细")}))
    assert AlipayProvider().statement(day=DAY) == [
        paid(key, 1005),
        *(back(one.key, 300) for one in due),
        back("4003", 200),
    ]
    compare(AlipayProvider(), DAY)
    assert [result for _, result, _, _ in results()] == ["ok", "ok", "ok", "we_miss"]


def test_the_bill_of_the_account_knows_a_top_up_that_was_sent_back(
    alipay: StandIn, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setenv("ALIPAY_BILL", "signcustomer")
    settings.PAYMENT_PROVIDERS = ["alipay", "wallet"]
    key = start_top_up(user_id=make_user().pk, amount=5000, key="k", provider="alipay").provider_key
    alipay.answer = says(code="10000", out_trade_no=key, trade_status="TRADE_SUCCESS", total_amount="45.00")
    clerk, top_up = make_user(is_staff=True), TopUp.objects.get()
    asked = {"top_up_id": top_up.pk, "way": Way.SENT_BACK, "reason": "Asked to.", "by": clerk}
    with pytest.raises(PaymentsUnavailable):
        decide_top_up(**asked)
    alipay.answer = says(code="10000", fund_change="Y")
    decision = decide_top_up(**asked)
    LedgerEntry.objects.update(at=f"{DAY}T10:00:00+08:00")
    rows = [
        moved(key, "在线支付", came="45.00"),
        moved(key, "交易退款", went="-45.00", number="4001"),
        moved(key, "交易退款", went="-45.00", number="4002"),
    ]
    bill_is(alipay, packed(**{"账务明细": table(*rows, header=ACCOUNT, what="账务明细")}))
    assert AlipayProvider().statement(day=DAY) == [paid(key, 4500), back(decision.refund_key, 4500), back("4002", 4500)]
    compare(AlipayProvider(), DAY)
    assert [result for _, result, _, _ in results()] == ["ok", "ok", "we_miss"]


GOOD = table(trade("k1", "10.05"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "no ZIP", id="nothing"),
        pytest.param(b"<html>busy</html>", "no ZIP", id="a page"),
        pytest.param(packed(**{"业务明细": GOOD})[:-30], "no ZIP", id="cut off"),
        pytest.param(packed(**{"业务汇总": SUMMARY}), "0 tables", id="no details"),
        pytest.param(packed(**{"业务明细": GOOD, "业务明细2": GOOD}), "2 tables", id="details twice"),
        pytest.param(packed(**{"业务明细": table(trade("k1", "1.00"), end=False)}), "no end", id="no end"),
        pytest.param(packed(**{"业务明细": table(header="支付宝交易号,商户订单号")}), "no column", id="no column"),
        pytest.param(packed(**{"业务明细": table("20261103\t,k1")}), "cells under", id="a short row"),
        pytest.param(packed(**{"业务明细": table(trade("k1", "1.005"))}), "is no amount", id="no amount"),
        pytest.param(packed(**{"业务明细": table(trade("", "1.00"))}), "is no key", id="no key"),
        pytest.param(packed(**{str(n): GOOD for n in range(9)}), "larger than expected", id="many tables"),
    ],
)
def test_a_bill_that_cannot_be_read_is_stored_nowhere(alipay: StandIn, content: bytes, why: str) -> None:
    bill_is(alipay, content)
    day = compare(AlipayProvider(), DAY)
    assert (day.state, why in day.problem, day.compared_at) == ("unreadable", True, None)
    assert not ReconciliationRow.objects.exists()


def test_another_encoding_is_no_bill(alipay: StandIn) -> None:
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("detail.csv", GOOD.encode("utf-16"))
    bill_is(alipay, whole.getvalue())
    with pytest.raises(BadStatement):
        AlipayProvider().statement(day=DAY)


@pytest.mark.parametrize(("bound", "bytes_"), [("MOST_BYTES", 100), ("MOST_UNPACKED_BYTES", 300)])
def test_a_bill_beyond_all_bounds_is_not_kept(
    alipay: StandIn, monkeypatch: pytest.MonkeyPatch, bound: str, bytes_: int
) -> None:
    monkeypatch.setattr(statements, bound, bytes_)
    bill_is(alipay, packed(**{"业务明细": GOOD}))
    with pytest.raises(BadStatement, match="larger than"):
        AlipayProvider().statement(day=DAY)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/x", "file:///etc/passwd", "https://alipay.com.example/x", "https://a@x.alipay.com/x", ""],
)
def test_a_bill_is_fetched_from_alipay_alone(alipay: StandIn, url: str) -> None:
    bill_is(alipay, packed(**{"业务明细": GOOD}), bill_download_url=url)
    with pytest.raises(ProviderUnavailable):
        AlipayProvider().statement(day=DAY)
    assert len(alipay.asked) == 1


def test_an_address_that_alipay_did_not_sign_is_not_followed(alipay: StandIn) -> None:
    alipay.answer = says(STRANGER, code="10000", bill_download_url=f"{alipay.url}/downloadBillFile.resource")
    with pytest.raises(ProviderUnavailable):
        AlipayProvider().statement(day=DAY)
    assert len(alipay.asked) == 1

"""Alipay's bills of a day: a ZIP of tables in GBK, of which one has the details.

`trade` lists what was sold and sent back; `signcustomer` every movement of the account, which knows a refund only by
its trade. Source: https://opendocs.alipay.com/open/028woc
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from typing import Literal

from commerce.payments import statements
from commerce.payments.port import BadStatement, StatementEntry
from commerce.payments.statements import check_header, entry_of, row_of

Kind = Literal["trade", "signcustomer"]
# What is read of the table with the details, its first column first.
COLUMNS: dict[Kind, tuple[str, ...]] = {
    "trade": ("支付宝交易号", "商户订单号", "业务类型", "订单金额（元）", "退款批次号/请求号"),
    "signcustomer": ("账务流水号", "商户订单号", "收入金额（+元）", "支出金额（-元）", "业务类型"),
}
END = "列表结束"
MOST_TABLES = 8

# (key of the trade, minor units) → the key under which they were sent back, "" when it is not known.
RefundKey = Callable[[str, int], str]


def read(content: bytes, *, kind: Kind, refund_key: RefundKey) -> list[StatementEntry]:
    """Raises BadStatement."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            tables = [one for one in archive.infolist() if one.filename.lower().endswith(".csv")]
            if len(tables) > MOST_TABLES or sum(one.file_size for one in tables) > statements.MOST_UNPACKED_BYTES:
                raise BadStatement("larger than expected when unpacked")
            found = [rows for one in tables if (rows := _rows(archive, one, COLUMNS[kind])) is not None]
    except BadStatement:
        raise
    except Exception as error:  # broken, encrypted, of another encoding: each raises something else
        raise BadStatement(f"no ZIP of tables in GBK: {type(error).__name__}") from error
    if len(found) != 1:
        raise BadStatement(f"{len(found)} tables of details instead of one")
    if kind == "trade":
        return [_of_trade(row) for row in found[0]]
    return [entry for row in found[0] if (entry := _of_account(row, refund_key))]


def _rows(archive: zipfile.ZipFile, table: zipfile.ZipInfo, columns: tuple[str, ...]) -> list[dict[str, str]] | None:
    """The rows of a table, None when it is another one. Raises BadStatement when it has no end."""
    with archive.open(table) as packed:
        # Each cell may end with a tab, against spreadsheets that take it for a number.
        lines = ([cell.strip() for cell in cells] for cells in csv.reader(TextIOWrapper(packed, "gb18030", newline="")))
        header = next((cells for cells in lines if cells[:1] == [columns[0]]), None)
        if header is None:
            return None
        check_header(header, columns)
        rows: list[dict[str, str]] = []
        for cells in lines:
            if cells and cells[0].startswith("#"):
                if END in cells[0]:
                    return rows
                break
            if any(cells):
                rows.append(row_of(header, cells))
    raise BadStatement("the table has no end")


def _of_trade(row: dict[str, str]) -> StatementEntry:
    yuan, key = row["订单金额（元）"], row["商户订单号"]
    if row["业务类型"] == "退款" or yuan.startswith("-"):
        return entry_of(kind="refunded", key=row["退款批次号/请求号"] or key, yuan=yuan)
    return entry_of(kind="paid", key=key, yuan=yuan)


def _of_account(row: dict[str, str], refund_key: RefundKey) -> StatementEntry | None:
    number = row["账务流水号"]
    key = row["商户订单号"] or number
    if row["业务类型"] in ("在线支付", "交易付款"):
        return entry_of(kind="paid", key=key, yuan=row["收入金额（+元）"])
    if row["业务类型"] == "交易退款":
        yuan = row["支出金额（-元）"]
        fen = entry_of(kind="refunded", key=key, yuan=yuan).amount.amount
        return entry_of(kind="refunded", key=refund_key(key, fen) or number, yuan=yuan)
    # Fees, withdrawals, transfers: not between a buyer and us.
    return None

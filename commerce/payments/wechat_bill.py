"""WeChat Pay's trade bill of a day: a table whose values begin with a back-tick, and under it one of sums.

Source: https://pay.weixin.qq.com/doc/v3/merchant/4012791867
"""

from __future__ import annotations

import csv
from io import StringIO

from commerce.payments.port import BadStatement, StatementEntry
from commerce.payments.statements import check_header, entry_of, row_of

COLUMNS = ("商户订单号", "交易状态", "货币种类", "订单金额", "商户退款单号", "退款金额", "退款状态")
SUMS = "总交易单数"


def read(content: bytes) -> list[StatementEntry]:
    """Raises BadStatement."""
    try:
        lines = [cells for cells in csv.reader(StringIO(content.decode("utf-8-sig"))) if cells]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadStatement(f"no table: {type(error).__name__}") from error
    header = [cell.strip() for cell in lines[0]] if lines else []
    check_header(header, COLUMNS)
    end = next((at for at, cells in enumerate(lines) if cells[0].strip() == SUMS), None)
    if end is None or len(lines) <= end + 1:
        raise BadStatement("the table has no end")
    rows = [row_of(header, [_bare(cell) for cell in cells]) for cells in lines[1:end]]
    if _bare(lines[end + 1][0]) != str(len(rows)):
        raise BadStatement(f"{len(rows)} rows, and {lines[end + 1][0][:20]!r} by its sums")
    return [_entry(row) for row in rows if _moved(row)]


def _entry(row: dict[str, str]) -> StatementEntry:
    currency = row["货币种类"] or "CNY"
    if row["交易状态"] in ("REFUND", "REVOKED"):
        number = row["商户退款单号"]
        key = row["商户订单号"] if number in ("", "0") else number
        return entry_of(kind="refunded", key=key, yuan=row["退款金额"], currency=currency)
    return entry_of(kind="paid", key=row["商户订单号"], yuan=row["订单金额"], currency=currency)


def _moved(row: dict[str, str]) -> bool:
    """A refund that WeChat could not send has moved nothing."""
    return row["交易状态"] not in ("REFUND", "REVOKED") or row["退款状态"] not in ("FAIL", "FAILED")


def _bare(cell: str) -> str:
    return cell.strip().removeprefix("`").strip()

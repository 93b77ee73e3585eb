"""The life of an after-sale case: see `steps`."""

from commerce.aftersales.services.asking import add_picture, cancel, choose, open_case, send_back
from commerce.aftersales.services.deciding import approve, decline, pay_instead, take_back
from commerce.aftersales.services.endings import WINDOW, complete_due, decide_due, finish
from commerce.aftersales.services.replacing import follow_replacement, receive, resend
from commerce.aftersales.services.terms import change_terms

__all__ = [
    "WINDOW",
    "add_picture",
    "approve",
    "cancel",
    "change_terms",
    "choose",
    "complete_due",
    "decide_due",
    "decline",
    "finish",
    "follow_replacement",
    "open_case",
    "pay_instead",
    "receive",
    "resend",
    "send_back",
    "take_back",
]

"""Links in a text, also those that are written so as not to look like one."""

from __future__ import annotations

import re

from community.moderation.text.shapes import folded

# Endings under which ordinary links are: a text without a scheme is one only with such an ending.
_ENDING = re.compile(
    r"(?:com|cn|net|org|io|co|me|cc|tv|top|xyz|vip|shop|site|club|online|app|dev|info|biz|link|live|store|work|fun|ru|uk"
    r"|de|jp|hk|tw|us|eu|in|ai|gg|ly|to|pro|win|icu|example)(?=-|\Z)"
)
_DOT = r"(?:\s*[\[(（【]\s*(?:\.|dot|点)\s*[\])）】]\s*|\s+dot\s+|\.|。|点(?=(?:com|cn|net|cc|top|vip)))"
# What may be a domain, or just a word: possessive, and one after the other, so that no text is read twice.
_LABEL = "[a-z0-9][a-z0-9-]*+"
_LABELS = rf"{_LABEL}(?:{_DOT}{_LABEL})*+"
# Of the first kind is where somebody gets mail: no link, with all of its labels.
_MAIL_OR_LABELS = re.compile(rf"(?<=[a-z0-9_+-])@{_LABELS}|(?<![a-z0-9@])({_LABELS})")
_WITH_SCHEME = re.compile(r"\b(?:https?|ftp|hxxps?|weixin|tg|magnet)\s*:/*\s*([^\s/?#]+)")
_ANY_DOT = re.compile(_DOT)


def hosts_in(text: str) -> list[str]:
    """The hosts that a text leads to."""
    plain = folded(text).replace("．", ".").replace("｡", "。")
    found = [match.group(1) for match in _WITH_SCHEME.finditer(plain)]
    found += filter(None, (_domain_of(match.group(1) or "") for match in _MAIL_OR_LABELS.finditer(plain)))
    return [host.rpartition("@")[2].partition(":")[0].strip(".") for host in found]


def _domain_of(labels: str) -> str | None:
    """As far as the last ending: of `read-me.txt.evil.com-now`, what is before `-now`."""
    parts = _ANY_DOT.sub(".", labels).split(".")
    for end in range(len(parts) - 1, 0, -1):
        if ending := _ENDING.match(parts[end]):
            return ".".join([*parts[:end], ending.group()])
    return None


def is_of(host: str, domains: list[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)

"""Links in a text, also those that are written so as not to look like one."""

from __future__ import annotations

import re

from community.moderation.text.shapes import folded

# Endings under which ordinary links are: a text without a scheme is one only with such an ending.
_ENDINGS = (
    "com|cn|net|org|io|co|me|cc|tv|top|xyz|vip|shop|site|club|online|app|dev|info|biz|link|live|store|work|fun|ru|uk"
    "|de|jp|hk|tw|us|eu|in|ai|gg|ly|to|pro|win|icu|example"
)
_DOT = r"(?:\s*[\[(（【]\s*(?:\.|dot|点)\s*[\])）】]\s*|\s+dot\s+|\.|。|点(?=(?:com|cn|net|cc|top|vip)))"
_DOMAIN = re.compile(rf"(?<![a-z0-9@])((?:[a-z0-9][a-z0-9-]*{_DOT})+(?:{_ENDINGS}))(?![a-z0-9])")
_WITH_SCHEME = re.compile(r"\b(?:https?|ftp|hxxps?|weixin|tg|magnet)\s*:/*\s*([^\s/?#]+)")
_ANY_DOT = re.compile(_DOT)


def hosts_in(text: str) -> list[str]:
    """The hosts that a text leads to."""
    plain = folded(text).replace("．", ".").replace("｡", "。")
    found = [match.group(1) for match in _WITH_SCHEME.finditer(plain)]
    found += [_ANY_DOT.sub(".", match.group(1)) for match in _DOMAIN.finditer(plain)]
    return [host.rpartition("@")[2].partition(":")[0].strip(".") for host in found]


def is_of(host: str, domains: list[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)

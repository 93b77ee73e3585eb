"""Words that would run as a script where they are taken for anything but words, and how to see that they did not."""

from __future__ import annotations

from collections.abc import Iterable

from playwright.sync_api import Dialog, Page, expect

from tests.support.chromium import Complaints

HOSTILE = (
    "<img src=x onerror=window.ran=1>",
    '"><script>window.ran=1</script>',
    "<svg/onload=window.ran=1>",
    "javascript:window.ran=1",
    "{{constructor.constructor('window.ran=1')()}}",
    "<a href=javascript:window.ran=1>x</a>",
    'https://a.example/"onmouseover="window.ran=1',
    "data:text/html,<script>window.ran=1</script>",
    "&lt;img src=x onerror=window.ran=1&gt;",
    "%3Cscript%3Ewindow.ran=1%3C/script%3E",
)
# What was kept from running is one's complaint, too: words are not to get that far.
_WATCH = """
window.kept = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective: what, blockedURI: where, sample }) => {
  window.kept.push(`${what} ${where} ${sample}`);
});
"""
_LIVE = "img[src='x'], [onerror], [onload], [onmouseover], a[href^='javascript:'], a[href^='data:']"


def watch(page: Page, complaints: Complaints) -> None:
    """From the next page on."""

    def opened(dialog: Dialog) -> None:
        complaints.lines.append(f"{page.url}: a dialog says {dialog.message}")
        dialog.dismiss()

    page.on("dialog", opened)
    page.add_init_script(_WATCH)


def is_harmless(page: Page, *, words: Iterable[str] = ()) -> None:
    """They are there to be read, and nothing of them is alive."""
    for one in words:
        expect(page.get_by_text(one).first).to_be_visible()
    assert page.evaluate("window.ran") is None
    assert page.evaluate("window.kept ?? []") == []
    assert page.locator(_LIVE).count() == 0

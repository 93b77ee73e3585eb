"""Filling in the form of an address, as a person would."""

from __future__ import annotations

from playwright.sync_api import Locator


def write_address(form: Locator) -> None:
    form.get_by_label("Name").fill("王小明")
    form.get_by_label("Phone").fill("13800138000")
    for level, name in {"Province": "浙江省", "City": "杭州市", "District": "西湖区"}.items():
        form.get_by_label(level, exact=True).select_option(name)
    form.get_by_label("Street and number").fill("文三路 1 号")
    form.get_by_role("button", name="Save address").click()

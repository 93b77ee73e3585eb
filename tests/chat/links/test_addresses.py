"""Nothing but the world's addresses is called, in whatever notation somebody names another one."""

from __future__ import annotations

import pytest

from chat.links.addresses import is_public
from chat.links.fetching import LinkRefused, resolve, target_of

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:a00:1::",
    "2001:0:53aa:64c::",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1111%1",
    "fec0::1",
    "ff02::1",
    "127.1",
    "0x7f.1",
    "2130706433",
    "localhost",
    "",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_the_world_s_is_not_called(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2002:808:808::1"])
def test_the_world_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.1/",
        "http://127.0.0.1/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://2130706433/",
        "http://017700000001/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::]/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[fe80::1%25eth0]/",
        "http://①②⑦.⓪.⓪.①/",
        "http://127。0。0。1/",
        "http://localhost/",
        "http://localhost./",
        "http://LOCALHOST/",
        "http://intranet/",
        "http://example.com:8080/",
        "http://example.com:22/",
        "https://example.com:80/",
        "http://user@example.com/",
        "http://user:password@example.com/",
        "http://example.com@127.0.0.1/",
        "http://127.0.0.1#@example.com/",
        "http://example.com\\@127.0.0.1/",
        "http:///path",
        "http://",
        "http://-a.example/",
        "http://a..example/",
        "http://exa mple.com/",
        "http://example.com\r\nHost: 127.0.0.1/",
        "http://example.com:port/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "//example.com/",
        "http://[not an address]/",
        f"http://{'a' * 64}.example/",
        f"http://{'a.' * 130}example/",
    ],
)
def test_an_address_of_no_page_is_refused(url: str) -> None:
    with pytest.raises(LinkRefused):
        target_of(url)


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://example.com", "example.com", "/"),
        ("http://EXAMPLE.com:80/a b?q=茶&x=1#top", "example.com", "/a%20b?q=%E8%8C%B6&x=1"),
        ("https://例子.测试/茶", "xn--fsqu00a.xn--0zwm56d", "/%E8%8C%B6"),
        ("https://example.com./", "example.com", "/"),
        ("https://3.example/%2e%2e/", "3.example", "/%2e%2e/"),
    ],
)
def test_an_address_of_a_page(url: str, host: str, path: str) -> None:
    assert target_of(url)[1:] == (host, 443 if url.startswith("https") else 80, path)


def test_this_machine_is_known_by_its_name_to_be_this_machine() -> None:
    assert not any(is_public(address) for address in resolve("localhost", 80))

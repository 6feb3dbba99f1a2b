"""Wrong configuration fails at boot, with a sentence that says what to write instead."""

from typing import Any

import pytest

from tests.client.site import Vendor
from theme_license.configuration import Configuration
from theme_license.errors import ConfigurationError

KEY = Vendor().key.text
GOOD: dict[str, Any] = {
    "product": "jannah",
    "server": "https://licenses.example.com",
    "keys": [KEY],
    "domain": "News.example.com",
    "state": "state.json",
}


def test_a_good_one_is_read() -> None:
    read = Configuration.from_texts(**GOOD)
    assert (read.domain.name, read.server, read.state) == (
        "news.example.com",
        "https://licenses.example.com",
        "state.json",
    )


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1:8787", "http://licenses.test", "http://[::1]:80", "https://a.com/x/"]
)
def test_servers_that_may_be_asked(server: str) -> None:
    assert Configuration.from_texts(**GOOD | {"server": server}).server == server.rstrip("/")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"product": ""}, "product"),
        ({"product": "Jannah Theme"}, "product"),
        ({"product": None}, "product"),
        ({"server": "licenses.example.com"}, "server"),
        ({"server": "http://licenses.example.com"}, "https"),
        ({"server": "http://8.8.8.8"}, "https"),
        ({"server": "https://user:password@licenses.example.com"}, "server"),
        ({"server": "https://licenses.example.com/?x"}, "server"),
        ({"server": "ftp://licenses.example.com"}, "server"),
        ({"server": "https://a b"}, "server"),
        ({"server": None}, "server"),
        ({"keys": []}, "keys"),
        ({"keys": KEY}, "keys must be a list"),
        ({"keys": [KEY, KEY]}, "twice"),
        ({"keys": [None]}, "keys"),
        ({"keys": ["AQ" + "A" * 41]}, "keys"),
        ({"keys": [KEY[:-1]]}, "43"),
        ({"domain": "acme"}, "not_fqdn"),
        ({"domain": ""}, "domain"),
        ({"domain": None}, "domain"),
    ],
)
def test_each_wrong_setting_is_named(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        Configuration.from_texts(**GOOD | wrong)
    assert "password" not in str(caught.value)

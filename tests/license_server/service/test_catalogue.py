"""What a vendor sells can be told to a site: every plan that is taken gives licenses that clients read."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from license_server.config import MAX_URL, load_settings
from license_server.errors import ConfigurationInvalid
from license_server.errors.catalogue import FeaturesTooLong
from license_server.service import catalogue
from license_server.service.catalogue import MAX_FEATURES
from license_server.service.context import Context
from license_server.service.license.issue import create
from license_server.web.app import create_app
from tests.license_server.site import Site, key_of
from theme_license.wire import MAX_SIGNED_LICENSE_BYTES

LONGEST_SLUG = "x" * 63
LONGEST_DOMAIN = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])


def features_of(length: int) -> list[str]:
    """Return features that take ``length`` bytes as JSON, most of them in characters of two."""
    many = ["é" * 30] * 100
    rest = length - len(json.dumps(many, ensure_ascii=False, separators=(",", ":")).encode()) - len(',""')
    return [*many, "x" * rest]


def test_features_that_no_client_would_read_are_refused_with_the_plan(context: Context) -> None:
    many = [f"feature-{number:03}-with-a-name-that-is-not-short" for number in range(250)]
    with pytest.raises(FeaturesTooLong, match="8,192 bytes"):
        catalogue.create_plan(context, "jannah", "many", name=None, domains=1, term="1y", features=many)
    with pytest.raises(FeaturesTooLong, match="these take 8,193"):
        catalogue.create_plan(
            context, "jannah", "many", name=None, domains=1, term="1y", features=features_of(MAX_FEATURES + 1)
        )
    assert [plan.slug for plan in catalogue.list_plans(context, "jannah")] == ["single"]


def test_the_longest_license_that_can_be_made_is_one_that_clients_read(context: Context) -> None:
    url = f"https://{'x' * 60}.example.com/".ljust(MAX_URL, "y")
    opened = replace(context, settings=context.settings.model_copy(update={"url": url}))
    catalogue.create_product(opened, LONGEST_SLUG, name="J", prefix="JNH", links={})
    plan = catalogue.create_plan(
        opened,
        LONGEST_SLUG,
        LONGEST_SLUG,
        name=None,
        domains=1,
        term="1000y",
        lease_days=300,
        grace_days=65,
        features=features_of(MAX_FEATURES),
    )
    site = Site(
        create_app(opened).test_client(), key_of(create(opened, plan, customer=None, allow_domains=())), LONGEST_DOMAIN
    )
    answer = site.activate(product=LONGEST_SLUG, nonce="n" * 64)
    assert answer.status_code == 201, answer.get_json()
    assert 13_000 < len(answer.get_json()["signed_license"]) < MAX_SIGNED_LICENSE_BYTES


def test_the_address_in_every_license_has_a_longest(tmp_path: Path) -> None:
    address = "https://licenses.example.com/"
    assert load_settings(home=tmp_path, url=address.ljust(MAX_URL, "x")).url
    with pytest.raises(ConfigurationInvalid, match="LICENSE_SERVER_URL is wrong: must be at most 2,000"):
        load_settings(home=tmp_path, url=address.ljust(MAX_URL + 1, "x"))

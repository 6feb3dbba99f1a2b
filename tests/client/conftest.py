"""Sites of the gallery's vendor, for which a scripted server signs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.site import LICENSE_KEY, Site
from theme_license import activation


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site that has no license yet."""
    return Site(tmp_path)


@pytest.fixture
def active(site: Site) -> Site:
    """A site that was granted its license, before any further call."""
    activation.activate(site.checker, LICENSE_KEY.text())
    site.transport.calls.clear()
    return site


@pytest.fixture
def django_client(tmp_path: Path) -> Iterator[Any]:
    """An administrator's client of a Django site."""
    from tests.client.django_site import administrator  # Django is set up once, where it is needed

    with administrator(tmp_path) as client:
        yield client

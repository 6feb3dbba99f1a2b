"""What every test may ask for: programs that must be there, or a skip that says how to get them."""

import os
import shutil

import pytest


def require_program(name: str, *, install: str) -> str:
    """The full path of program ``name``; skips the test where it is missing, fails it where ``CI=true``."""
    path = shutil.which(name)
    if path is not None:
        return path
    sentence = f"{name} is not installed; to run this test: {install}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium, for the tests that look at a page."""
    return require_program("chromium", install="apt-get install chromium")

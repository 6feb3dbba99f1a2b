"""What does a theme get when it installs the base package, and nothing else?"""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONTRACT_FILES = ("static/contract.css", *(f"templates/contract/{page}.html" for page in ("docs", "problem", "front")))
PORTAL_FILES = (
    "locale/ar/LC_MESSAGES/license_server.mo",
    *(f"web/owners/static/portal.{kind}" for kind in ("css", "js")),
    *(f"web/owners/templates/owners/{page}.html" for page in ("layout", "overview", "activate")),
)
BASE_DEPENDENCIES = ("cryptography", "idna", "requests")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, cwd="/", env=environment
    )


def pinned(*names: str) -> list[str]:
    """Return the lines of requirements.txt that pin ``names``, without the hashes."""
    lines = (line.split(" ")[0] for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines())
    return [line for line in lines if line.partition("==")[0] in names]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    built = run(sys.executable, *command)
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def bare_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel and what the wheel itself asks for."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    installed = run(
        python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, *pinned(*BASE_DEPENDENCIES)
    )
    if installed.returncode != 0:
        sentence = f"the package index cannot be reached; to run this test, go online: {installed.stderr[-300:]}"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return python


def test_base_install_has_no_framework_and_no_database(bare_python: Path) -> None:
    probe = (
        "import importlib.util as u; print([m for m in ('flask', 'sqlalchemy', 'jinja2', 'click') if u.find_spec(m)])"
    )
    assert run(bare_python, "-I", "-c", probe).stdout.strip() == "[]"


def test_import_loads_neither_requests_nor_what_slows_a_start(bare_python: Path) -> None:
    probe = (
        "import sys, theme_license, theme_license.checker;"
        "slow = {'requests', 'flask', 'sqlalchemy', 'idna', 'dataclasses', 'inspect', 'logging'};"
        "print(sorted(slow & set(sys.modules)))"
    )
    done = run(bare_python, "-I", "-c", probe)
    assert done.stdout.strip() == "[]", done.stderr


def test_client_command_works_on_the_base_install(bare_python: Path) -> None:
    done = run(bare_python.parent / "theme-license", "domain", "https://www.Example.com:8443/x")
    assert "example.com" in done.stdout
    assert done.returncode == 0


def test_server_command_says_what_to_install(bare_python: Path) -> None:
    done = run(bare_python.parent / "license-server", "init")
    assert done.returncode == 1
    assert "pip install 'theme-license[server]'" in done.stderr


def test_wheel_carries_catalogs_templates_and_types(wheel: Path) -> None:
    import zipfile

    names = zipfile.ZipFile(wheel).namelist()
    assert "theme_license/py.typed" in names
    for ending in (".mo", ".html", ".css", ".js"):
        assert any(name.startswith("theme_license/") and name.endswith(ending) for name in names), ending
    assert {f"license_server/web/contract/{name}" for name in CONTRACT_FILES} <= set(names)
    assert {f"license_server/{name}" for name in PORTAL_FILES} <= set(names)
    assert not [name for name in names if name.startswith(("demo/", "tests/"))]

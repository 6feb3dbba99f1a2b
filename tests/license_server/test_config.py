"""Settings, the home and its secrets: read once, frozen, and never printed."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from license_server.config import Settings, load_settings
from license_server.errors import ConfigurationInvalid, HomeNotUsable
from license_server.secret_files import load_secrets
from license_server.service.context import Context
from license_server.signing import Signer


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "DATABASE_URL", "URL", "LOG_LEVEL", "WORKERS"):
        monkeypatch.delenv(f"LICENSE_SERVER_{name}", raising=False)


def test_the_environment_comes_before_the_file_and_the_file_before_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LICENSE_SERVER_HOME", str(tmp_path))
    (tmp_path / "license-server.toml").write_text('url = "https://file.example.com/"\nworkers = 3\n')
    monkeypatch.setenv("LICENSE_SERVER_WORKERS", "5")
    monkeypatch.setenv("LICENSE_SERVER_LOG_LEVEL", "")
    found = load_settings()
    assert (found.home, found.base_url) == (tmp_path, "https://file.example.com")
    assert (found.workers, found.log_level) == (5, "info")
    assert found.store_url == f"sqlite:///{tmp_path}/license-server.db"


def test_the_default_home_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings().home == tmp_path / ".license-server"


def test_a_password_is_not_printed_and_settings_do_not_change(tmp_path: Path) -> None:
    found = Settings(home=tmp_path, database_url="postgresql://vendor:hidden@db/licenses")  # type: ignore[arg-type]
    assert "hidden" not in repr(found) + str(found)
    assert found.store_url.endswith("hidden@db/licenses")
    with pytest.raises(ValidationError):
        found.workers = 9


def test_a_wrong_setting_is_named_without_its_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LICENSE_SERVER_HOME", str(tmp_path))
    monkeypatch.setenv("LICENSE_SERVER_DATABASE_URL", "oracle://hidden")
    with pytest.raises(ConfigurationInvalid) as refused:
        load_settings()
    assert "LICENSE_SERVER_DATABASE_URL" in str(refused.value)
    assert "hidden" not in repr(refused.value)


def test_no_secret_is_in_the_repr_of_what_is_open(context: Context) -> None:
    text = repr(context)
    for path in [*context.home.keys.iterdir(), *context.home.secrets.iterdir()]:
        for line in path.read_text().splitlines():
            assert line.startswith("-----") or line not in text
    assert repr(context.secrets.audit) not in text


@pytest.mark.parametrize("content", ["", "short", "!" * 43, "A" * 44, "é" * 43])
def test_a_damaged_secret_is_named_and_not_shown(context: Context, content: str) -> None:
    (context.home.secrets / "token-1").write_text(content)
    with pytest.raises(HomeNotUsable) as refused:
        load_secrets(context.home)
    assert "token-1" in str(refused.value)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o620, 0o602, 0o777])
def test_a_key_or_a_secret_that_others_can_read_or_write_is_not_used(context: Context, mode: int) -> None:
    (context.home.keys / "k1.pem").chmod(mode)
    with pytest.raises(HomeNotUsable, match="used by others"):
        Signer(context.home.keys).has("any")
    (context.home.secrets / "token-1").chmod(mode)
    with pytest.raises(HomeNotUsable, match="token-1 can be used by others"):
        load_secrets(context.home)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o440, 0o400])
def test_the_group_of_a_volume_of_secrets_may_read(context: Context, mode: int) -> None:
    for file in (context.home.keys / "k1.pem", *context.home.secrets.iterdir()):
        file.chmod(mode)
    assert not Signer(context.home.keys).has("any")
    assert load_secrets(context.home).tokens


def test_a_file_that_is_no_key_is_named(context: Context) -> None:
    path = context.home.keys / "k9.pem"
    path.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    path.chmod(0o600)
    with pytest.raises(HomeNotUsable, match="k9"):
        Signer(context.home.keys).has("any")


def test_a_key_that_comes_later_is_found(context: Context) -> None:
    from license_server.signing import create_key

    signer = Signer(context.home.keys)
    public = create_key(context.home.keys / "k2.pem")
    assert signer.has(public.key_id)
    assert len(signer.signing(public.key_id)(b"message")) == 64

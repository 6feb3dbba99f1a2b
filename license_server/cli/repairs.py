"""What does whoever asked the doctor do about a finding? One table, by the flaw."""

from collections.abc import Callable
from pathlib import Path

from license_server.cli.next_steps import close_file, give_file, next_step
from license_server.config import variable
from license_server.errors import ServiceError
from license_server.service.operating.doctor import Finding, Flaw


def how_to_repair(finding: Finding) -> str | None:
    """Return the command or the sentence that repairs what was found, None where all is well."""
    if isinstance(finding.flaw, ServiceError):
        return next_step(finding.flaw) or "then run this again"
    if finding.flaw is None:
        return None
    told = REPAIRS[finding.flaw]
    return told if isinstance(told, str) else told(finding)


def _path(finding: Finding) -> Path:
    assert finding.path is not None  # noqa: S101 - such a flaw is a file's
    return finding.path


REPAIRS: dict[Flaw, str | Callable[[Finding], str]] = {
    Flaw.FOLDER_OPEN: lambda found: f"chmod 700 {found.path}",
    Flaw.FILE_OPEN: lambda found: f"chmod 600 {found.path}",
    Flaw.SECRET_OPEN: lambda found: close_file(_path(found), read_only=False),
    Flaw.VOLUME_OPEN: lambda found: close_file(_path(found), read_only=True),
    Flaw.VOLUME_UNREADABLE: lambda found: give_file(_path(found), str(found.user), read_only=True),
    Flaw.PASSPHRASE_OPEN: lambda found: (
        f"chmod 600 {found.path}, then change the passphrase: license-server signing-key protect"
    ),
    Flaw.PASSWORD_OPEN: lambda found: f"chmod 600 {found.path}; change the database's password if it is in there",
    Flaw.OWNED_BY_ANOTHER: lambda found: give_file(_path(found), str(found.user), read_only=False),
    Flaw.HOME_OF_ANOTHER: lambda found: f"run commands as its owner: sudo -u {found.user} license-server doctor",
    Flaw.UNREADABLE: lambda found: f"give {found.user} the right to read it, or run this as the server's user",
    Flaw.NO_CURRENT_KEY: "restore the database from a backup",
    Flaw.CURRENT_KEY_MISSING: "put the key's .pem file there with mode 0600",
    Flaw.ACTIVATIONS_LOST: "the database may be an older one; brought back by other means than restore, say so: "
    "license-server restored --backup-of TIME",
    Flaw.NO_STANDBY: "license-server signing-key create --to DIR, where DIR is a stick that you take away",
    Flaw.STANDBY_HERE: "move its .pem file to a stick, and take that away",
    Flaw.NO_URL: f"set {variable('url')} to the address by which sites reach this server, such as "
    "https://licenses.example.com",
    Flaw.URL_OF_DEVELOPMENT: "before you ship, set an https:// address",
    Flaw.URL_NOT_HTTPS: f"put a reverse proxy with TLS in front, and set {variable('url')} to its https:// address",
    Flaw.NOBODY_ANSWERS: "license-server serve; then look at the proxy and the DNS name",
    Flaw.REDIRECTED: f"set {variable('url')} to the address that answers itself",
    Flaw.ANOTHER_ANSWERS: "let the proxy pass every path to license-server serve",
    Flaw.NOT_READY: "see the log of serve",
    Flaw.OTHER_KEYS: f"point {variable('url')}, {variable('home')} and {variable('database_url')} "
    "at one and the same server",
    Flaw.ADDRESS_UNREADABLE: "let each proxy append the caller's address to X-Forwarded-For, and set "
    f"{variable('trusted_proxies')} to the number of proxies",
    Flaw.CLOCK_WRONG: "synchronise with NTP, then run again",
    Flaw.NO_CLOCK: f"set {variable('url')}, then run again",
    Flaw.DISK_FULL: "free some: a full disk stops activations",
    Flaw.DISK_FILLING: "free some soon: a full disk stops activations",
}
"""Every flaw; a test proves that it is complete."""

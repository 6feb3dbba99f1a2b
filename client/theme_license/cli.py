"""The command ``theme-license``: what does the client see, said to a person or to a script?

Data goes to standard output, everything else to standard error. Exit status: 0 done or licensed, 2 wrong usage or
configuration, 5 not licensed, 6 the server cannot be reached, 130 cancelled.
"""

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from . import __version__
from .configuration import Configuration
from .domain import Domain, parse_domain
from .errors import ConfigurationError, DomainRefused, KeyMalformed, UnusablePublicKey
from .license_key import DEFAULT_PREFIX, KEY_SYMBOLS, parse_license_key
from .pinned_keys import PinnedKeys
from .signed_license import Verdict
from .wire import MAX_SIGNED_LICENSE_BYTES, verify_signed_license

DONE, USAGE, NOT_LICENSED, UNREACHABLE, CANCELLED = 0, 2, 5, 6, 130
ENTRY_POINTS = "theme_license.domain_decision"

_SETTINGS = ("product", "server", "keys", "domain", "state")
_EPILOG = (
    "check and refresh read THEME_LICENSE_PRODUCT, THEME_LICENSE_SERVER, THEME_LICENSE_KEYS (separated by commas or "
    "spaces), THEME_LICENSE_DOMAIN and THEME_LICENSE_STATE from the environment. "
    "Exit status: 0 done or licensed, 2 wrong usage, 5 not licensed, 6 server unreachable, 130 cancelled."
)


class UsageFault(Exception):
    """What was typed cannot be used; the text says why and what to type instead."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; nothing escapes but a bug."""
    _be_tolerant()
    try:
        options = _parser().parse_args(arguments)
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except (UsageFault, ConfigurationError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return CANCELLED
    except BrokenPipeError:
        # The reader has gone; without this the interpreter would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _be_tolerant() -> None:
    """Let bytes that are no text neither stop the command nor get lost on the way, and let only LF end a line."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="theme-license", description="Check a theme's license.", epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, help: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.add_argument("--json", action="store_true", help="print JSON, one value a line")
        added.set_defaults(run=run)
        return added

    for name, help, run in (
        ("check", "Say whether this site is licensed, without any call.", _check),
        ("refresh", "Ask the license server now, then check.", _refresh),
    ):
        added = command(name, help, run)
        for setting in _SETTINGS:
            added.add_argument(f"--{setting}", help=f"instead of THEME_LICENSE_{setting.upper()}")
    for name, help, run in (
        ("domain", "Say which domain each text names, and what may stand on it.", _domain),
        ("key", "Say whether each text is a license key.", _key),
    ):
        command(name, help, run).add_argument(
            "text", nargs="*", metavar="TEXT", help="default: lines of standard input"
        )
    verify = command("verify", "Verify the signed license on standard input.", _verify)
    verify.add_argument(
        "--key", required=True, nargs="+", action="extend", metavar="KEY", help="43 characters, a JWK or PEM"
    )
    verify.add_argument("--product", required=True)
    verify.add_argument("--domain", required=True)
    verify.add_argument("--at", metavar="ISO-TIME", help="instead of now; without a zone it is UTC")
    return parser


def _check(options: argparse.Namespace) -> int:
    from .checker import Checker

    return _tell_verdict(Checker(_configuration(options)).check(), as_json=options.json)


def _refresh(options: argparse.Namespace) -> int:
    from .checker import Checker

    checker = Checker(_configuration(options))
    outcome = checker.refresh(force=True)
    print(f"{outcome.name}{f': {outcome.detail}' if outcome.detail else ''}", file=sys.stderr)
    checker.forget()
    status = _tell_verdict(checker.check(), as_json=options.json)
    return UNREACHABLE if outcome.name in ("unreachable", "ignored") else status


def _configuration(options: argparse.Namespace) -> Configuration:
    values = {name: getattr(options, name) or os.environ.get(f"THEME_LICENSE_{name.upper()}", "") for name in _SETTINGS}
    missing = [f"THEME_LICENSE_{name.upper()}" for name in _SETTINGS if not values[name]]
    if missing:
        flag = missing[0].removeprefix("THEME_LICENSE_").lower()
        raise UsageFault(f"not set: {', '.join(missing)}; set each in the environment, or give flags like --{flag}")
    return Configuration.from_texts(
        product=values["product"],
        server=values["server"],
        keys=values["keys"].replace(",", " ").split(),
        domain=values["domain"],
        state=values["state"],
    )


def _domain(options: argparse.Namespace) -> int:
    decide = _server_decision()

    def read(text: str) -> tuple[str | None, str]:
        try:
            domain = parse_domain(text)
        except DomainRefused as error:
            return None, f"reject:{error.reason}"
        return domain.name, decide(domain)

    return _tell_each(options, read)


def _key(options: argparse.Namespace) -> int:
    def read(text: str) -> tuple[str | None, str]:
        try:
            key = parse_license_key(text)
        except KeyMalformed as error:
            return None, f"reject:{error.code}"
        typed = "".join(character for character in text.upper() if character.isascii() and character.isalnum())
        return key.text(typed[:-KEY_SYMBOLS] or DEFAULT_PREFIX), "ok"

    return _tell_each(options, read)


def _tell_each(options: argparse.Namespace, read: Callable[[str], tuple[str | None, str]]) -> int:
    """Print what ``read`` makes of each text: a canonical form or None, and a decision. A refusal is no failure."""
    for text in options.text or _lines(sys.stdin):
        canonical, decision = read(text)
        if options.json:
            print(json.dumps({"input": text, "canonical": canonical, "decision": decision}))
        else:
            print(f"{canonical or '-'}\t{decision}")
    return DONE


def _lines(stream: Iterable[str]) -> Iterator[str]:
    # Only what ends a line goes: white space is for the rules to judge.
    return (line.removesuffix("\n").removesuffix("\r") for line in stream)


def _server_decision() -> Callable[[Domain], str]:
    """Return the license server's decision where the server is installed, else the client's own (protocol §5)."""
    from importlib.metadata import entry_points

    for entry_point in entry_points(group=ENTRY_POINTS):
        try:
            decide: Callable[[Domain], str] = entry_point.load()
        except ImportError:
            continue  # the command's entry is there, the extra that it needs is not
        return decide
    return lambda domain: domain.decision.value


def _verify(options: argparse.Namespace) -> int:
    try:
        pinned = PinnedKeys.parse(options.key)
    except UnusablePublicKey as error:
        raise UsageFault(f"--key cannot be used: {error}") from error
    try:
        domain = parse_domain(options.domain)
    except DomainRefused as error:
        raise UsageFault(f"--domain is not a domain name ({error.reason}); give one like news.example.com") from error
    text = sys.stdin.read(MAX_SIGNED_LICENSE_BYTES + 2).removesuffix("\n").removesuffix("\r")
    now = _moment(options.at)
    verdict = verify_signed_license(text, pinned=pinned, product=options.product, domain=domain.name, now=now)
    return _tell_verdict(verdict, as_json=options.json)


def _moment(text: str | None) -> int:
    if text is None:
        return int(datetime.now(UTC).timestamp())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageFault("--at is not a time; write it like 2027-02-14T12:00:00Z") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _tell_verdict(verdict: Verdict, *, as_json: bool) -> int:
    if as_json:
        claims = None if verdict.license is None else verdict.license.to_claims()
        told = {"verdict": verdict.code.value, "ok": verdict.ok, "domain": verdict.domain, "license": claims}
        print(json.dumps(told))
    else:
        print(verdict.code.value)
    return DONE if verdict.ok else NOT_LICENSED


if __name__ == "__main__":
    sys.exit(main())

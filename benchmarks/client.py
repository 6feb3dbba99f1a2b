"""What does the client cost a theme? Ratios in interleaved rounds: `python -m benchmarks.client`."""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from theme_license.base64url import decode_segment, encode_segment
from theme_license.checker import Checker
from theme_license.configuration import Configuration
from theme_license.public_key import parse_public_key
from theme_license.signed_license import Environment, SignedLicense, Status
from theme_license.state import SiteState, StateFile
from theme_license.wire import encode_signed_license

ROUNDS = 31
STARTS = 21


def main() -> int:
    """Print each figure as a ratio, with what it is measured against."""
    with tempfile.TemporaryDirectory() as folder:
        private = Ed25519PrivateKey.generate()
        key = parse_public_key(encode_segment(private.public_key().public_bytes_raw()))
        state = Path(folder) / "license.json"
        text = encode_signed_license(_license(), key_id=key.key_id, sign=private.sign)
        StateFile(state).write(SiteState(signed_license=text))
        configuration = Configuration.from_texts(
            product="jannah",
            server="https://licenses.example.com",
            keys=[key.text],
            domain="news.example.com",
            state=state,
        )
        _in_process(configuration, text, private)
        _starts(configuration, key.text)
    return 0


def _license() -> SignedLicense:
    now = int(time.time())
    return SignedLicense(
        issuer="https://licenses.example.com",
        license_id="lic_7Q4M8RTD2XK9V3HW6PZC41BNE8",
        activation_id="act_3KQ7M2X9V4T8B1C6D5F0G7HJ2S",
        domain="news.example.com",
        product="jannah",
        plan="single",
        environment=Environment.PRODUCTION,
        status=Status.ACTIVE,
        issued_at=now,
        lease_ends_at=now + 2_592_000,
        grace_seconds=1_209_600,
        refresh_at=None,
        term_ends_at=None,
        features=(),
        nonce="n" * 43,
    )


def _in_process(configuration: Configuration, text: str, private: Ed25519PrivateKey) -> None:
    signed, _, last = text.rpartition(".")
    message, signature, public = signed.encode(), decode_segment(last), private.public_key()
    remembering = Checker(configuration)
    assert remembering.check().ok  # noqa: S101 (a wrong verdict would make the figures meaningless)

    def first() -> None:
        Checker(configuration).check()

    raw, again, once = _interleaved(
        (lambda: public.verify(signature, message), 200), (remembering.check, 20_000), (first, 200)
    )
    print(f"one raw Ed25519 verify              {raw * 1e6:8.1f} µs   1.00")
    print(f"check(), remembered                 {again * 1e6:8.2f} µs   1/{raw / again:.0f}")
    print(f"check(), state file to verdict      {once * 1e6:8.1f} µs   {once / raw:.2f}")


def _interleaved(*cases: tuple[Callable[[], object], int]) -> list[float]:
    """Return the median seconds of one call of each, the rounds of all taken in turn."""
    seconds: list[list[float]] = [[] for _ in cases]
    for _ in range(ROUNDS):
        for taken, (call, times) in zip(seconds, cases, strict=True):
            started = time.perf_counter()
            for _ in range(times):
                call()
            taken.append((time.perf_counter() - started) / times)
    return [statistics.median(taken) for taken in seconds]


def _starts(configuration: Configuration, key: str) -> None:
    """Compare the CPU time of whole processes."""
    client = Path(sys.modules["theme_license"].__file__ or "").parents[1]
    site = f"import sys; sys.path.insert(0, {str(client)!r})\n"
    check = (
        "from theme_license.configuration import Configuration\nfrom theme_license.checker import Checker\n"
        f"c = Configuration.from_texts(product='jannah', server='https://licenses.example.com', keys=[{key!r}], "
        f"domain='news.example.com', state={str(configuration.state)!r})\nassert Checker(c).check().ok"
    )
    ed25519 = "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey"
    programs = (ed25519, site + check, "import jwt\njwt.PyJWK", "import flask", f"import flask\n{site}{check}")
    taken: list[list[float]] = [[] for _ in programs]
    for _ in range(STARTS):
        for seconds, program in zip(taken, programs, strict=True):
            seconds.append(_cpu_seconds(program))
    importing, verdict, pyjwt, flask, both = map(statistics.median, taken)
    print(f"process start: import ed25519       {importing * 1e3:8.1f} ms   1.00")
    print(f"process start to verdict            {verdict * 1e3:8.1f} ms   {verdict / importing:.2f}")
    print(f"process start: import PyJWT         {pyjwt * 1e3:8.1f} ms   {pyjwt / importing:.2f}")
    print(f"process start: import flask         {flask * 1e3:8.1f} ms   1.00")
    print(f"the same, to verdict                {both * 1e3:8.1f} ms   {both / flask:.2f}")


def _cpu_seconds(program: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-I", "-c", program], check=True)  # noqa: S603 (our own program)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())

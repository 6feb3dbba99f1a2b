"""PHP for the tests: where it is, and one process of it that answers questions, a JSON line each."""

import base64
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.conftest import require_program

WORDPRESS = Path(__file__).parents[2] / "client" / "wordpress"
SCRIPTS = WORDPRESS / "tests"

WITHOUT_INTL = ("-d", "disable_functions=idn_to_ascii,idn_to_utf8,normalizer_normalize")
"""Makes PHP answer as one that lacks the extension intl."""

Question = Mapping[str, object]


def php() -> str:
    """The full path of PHP; skips the test where it is missing, fails it where ``CI=true``."""
    return require_program("php", install="apt-get install php-cli php-intl php-mbstring")


def run(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run one of the PHP scripts beside the client."""
    return subprocess.run([php(), SCRIPTS / script, *arguments], capture_output=True, text=True)


def ask(questions: Iterable[Question], *, script: str = "answer.php", options: Sequence[str] = ()) -> list[Any]:
    """Return the answer of one PHP process to each question, in their order."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    command = [php(), *options, SCRIPTS / script]
    done = subprocess.run(command, input=lines, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def text(value: str) -> str:
    """``value`` as a question carries it: lone surrogates have no place in JSON that PHP reads."""
    return base64.b64encode(value.encode("utf-8", "surrogatepass")).decode("ascii")

"""How fast are keys issued, and do kills lose any? `python -m benchmarks.bulk [--count N] [--kills K]`.

On SQLite, or on the PostgreSQL server of LICENSE_SERVER_DATABASE_URL, in a database that is made and dropped.
"""

import argparse
import os
import random
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import bulk_reference
from license_server.config import load_settings
from license_server.service.context import open_context

EARLY, EARLY_SECONDS, LATER_SECONDS = 0.3, 4.0, 1.5
"""The part of the kills that comes within seconds of the start; the others come after a further batch is written."""


def main() -> int:
    """Print keys a second and the ratio to the bare rows, or kill the command K times and compare what is left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    chosen = parser.parse_args()
    url = os.environ.get("LICENSE_SERVER_DATABASE_URL", "")
    with tempfile.TemporaryDirectory() as name, bulk_reference.new_database(url) as database:
        folder = Path(name)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LICENSE_SERVER_")}
        environment = {**kept, "LICENSE_SERVER_HOME": str(folder / "home")}
        if database:
            environment["LICENSE_SERVER_DATABASE_URL"] = database
        for words in ("init", "product create jannah --name Jannah", "plan create jannah single --domains 1 --term 1y"):
            subprocess.run(_command(words), env=environment, check=True, capture_output=True)  # noqa: S603 (ours)
        print(f"{chosen.count} keys on {'postgresql' if database else 'sqlite'}")
        file = folder / "keys.csv"
        command = _command(f"license create jannah/single --count {chosen.count} --output {file}")
        if chosen.kills:
            _kill(command, environment, kills=chosen.kills, seed=chosen.seed, file=file)
        else:
            rate = _time(command, environment, count=chosen.count)
        context = open_context(load_settings(home=folder / "home", database_url=database or None))
        try:
            if chosen.kills:
                return 0 if bulk_reference.agree(context, file, count=chosen.count) else 1
            bare = bulk_reference.rate(context, folder / "bare.db", count=chosen.count)
        finally:
            context.store.dispose()
    print(f"the same rows, bare       {bare:8.0f} keys/s   1.00")
    print(f"license create            {rate:8.0f} keys/s   {rate / bare:.2f}")
    return 0


def _command(words: str) -> list[str]:
    return [sys.executable, "-m", "license_server", *words.split()]


def _time(command: list[str], environment: dict[str, str], *, count: int) -> float:
    before, started = _children(), time.monotonic()
    subprocess.run(command, env=environment, check=True, capture_output=True)  # noqa: S603 (ours)
    seconds, after = time.monotonic() - started, _children()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"the whole command took {seconds:.1f} s, {cpu:.1f} s of CPU and {after.ru_maxrss >> 10} MiB at most")
    return count / seconds


def _children() -> resource.struct_rusage:
    return resource.getrusage(resource.RUSAGE_CHILDREN)


def _kill(command: list[str], environment: dict[str, str], *, kills: int, seed: int, file: Path) -> None:
    moments, done = random.Random(seed), 0  # noqa: S311 (nothing secret)
    while done < kills:
        before = _size(file)
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)  # noqa: S603 (ours)
        if moments.random() < EARLY:
            time.sleep(moments.uniform(0, EARLY_SECONDS))
        else:
            while process.poll() is None and _size(file) <= before:
                time.sleep(0.001)
            time.sleep(moments.uniform(0, LATER_SECONDS))
        process.kill()
        told = process.communicate()[1].strip()
        done += process.returncode != 0
        print(f"  kill {done:2}: {_size(file) // 69:8} keys in the file; it said: {told or 'nothing yet'}", flush=True)
        if process.returncode == 0:
            break
    print(f"killed {done} times (seed {seed})")
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 (ours)
    print(f"then exit {finished.returncode}: {finished.stderr.strip()}")


def _size(file: Path) -> int:
    partial = file.with_name(f".{file.name}.partial")
    return max((path.stat().st_size for path in (partial, file) if path.exists()), default=0)


if __name__ == "__main__":
    sys.exit(main())

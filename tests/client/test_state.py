"""A state file may be torn, altered, unwritable or shared, and a theme never notices more than an empty one.

Promise: a corrupted, unwritable or shared state file.
"""

import errno
import json
import os
import stat
import subprocess
import sys
import threading
import time
import tracemalloc
from contextlib import ExitStack
from pathlib import Path

import pytest

from theme_license.state import SiteState, StateFile

KEPT = SiteState(
    signed_license="a.b.c",
    token="thma_x",
    activation={"plan_name": "Single"},
    next_attempt_at=7,
    failures=2,
    last_failure="dns",
    last_success_at=5,
)


def written(folder: Path) -> StateFile:
    file = StateFile(folder / "deep" / "license.json")
    assert file.write(KEPT)
    return file


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert StateFile(file.path).read() == KEPT


def test_the_file_is_what_released_clients_wrote(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert json.loads(file.path.read_bytes()) == {"format": 1, **KEPT._asdict()}
    file.path.write_text('{"format": 1}')
    assert file.read() == SiteState(None, None, None, 0, 0, None, None)


def test_a_name_without_a_folder_is_in_the_folder_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert StateFile("license.json").write(KEPT)
    assert StateFile(tmp_path / "license.json").read() == KEPT


def test_the_new_content_is_on_disk_before_it_takes_the_olds_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, done = written(tmp_path), []
    sync, replace = os.fsync, os.replace

    def noted_sync(descriptor: int) -> None:
        done.append(("on disk", os.fstat(descriptor).st_size))
        sync(descriptor)

    def noted_replace(new: str, old: str) -> None:
        done.append(("in its place", os.stat(new).st_size))
        replace(new, old)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_replace)
    assert file.write(KEPT._replace(failures=1_000))
    size = file.path.stat().st_size
    assert done == [("on disk", size), ("in its place", size)]


def test_its_stamp_changes_when_the_file_does(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "license.json")
    assert file.stamp() is None
    file.write(KEPT)
    first = file.stamp()
    assert first is not None
    assert file.stamp() == first
    file.write(KEPT)
    assert file.stamp() != first


def test_the_first_and_the_last_time_are_kept(tmp_path: Path) -> None:
    file, ends = written(tmp_path), KEPT._replace(next_attempt_at=2**53 - 1, failures=0, last_success_at=0)
    assert file.write(ends)
    assert file.read() == ends


def test_words_in_any_script_are_kept(tmp_path: Path) -> None:
    file, arabic = written(tmp_path), KEPT._replace(activation={"plan_name": "مفرد", "reason": "\ud800"})
    assert file.write(arabic)
    assert file.read() == arabic


def test_only_its_owner_reads_it_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [path.name for path in file.path.parent.iterdir()] == ["license.json"]


def test_every_truncation_reads_as_empty(tmp_path: Path) -> None:
    file = written(tmp_path)
    content = file.path.read_bytes()
    for length in range(len(content)):
        file.path.write_bytes(content[:length])
        assert file.read() == SiteState()


def test_no_flipped_bit_raises(tmp_path: Path) -> None:
    file = written(tmp_path)
    content = file.path.read_bytes()
    for place in range(len(content)):
        for bit in range(8):
            file.path.write_bytes(content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :])
            state = file.read()
            assert isinstance(state.token, str | None)
            assert isinstance(state.next_attempt_at, int)


def test_what_was_never_written_reads_as_empty(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "license.json")
    good = json.dumps({"format": 1, **KEPT._asdict()})
    for content in (
        "[]",
        "null",
        "{}",
        good.replace('"format": 1', '"format": 2'),
        good.replace('"failures": 2', '"failures": true'),
        good.replace('"failures": 2', '"failures": -1'),
        good.replace('"failures": 2', '"failures": 1e3'),
        good.replace('"next_attempt_at": 7', '"next_attempt_at": 9007199254740992'),
        good.replace('"last_success_at": 5', '"last_success_at": "5"'),
        good.replace('"a.b.c"', "7"),
        good.replace('"thma_x"', "7"),
        good.replace('"dns"', "7"),
        good.replace('{"plan_name": "Single"}', "[]"),
        "[" * 50_000,
        good + " " * (262_145 - len(good)),
    ):
        file.path.write_text(content)
        assert file.read() == SiteState(), content[:40]
    file.path.write_text(good + " " * (262_144 - len(good)))
    assert file.read() == KEPT


def test_a_file_without_end_takes_no_memory(tmp_path: Path) -> None:
    file = written(tmp_path)
    os.truncate(file.path, 64 * 1024 * 1024)
    tracemalloc.start()
    try:
        assert file.read() == SiteState()
        assert tracemalloc.get_traced_memory()[1] < 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_folder_or_a_missing_path_reads_as_empty(tmp_path: Path) -> None:
    assert StateFile(tmp_path).read() == SiteState()
    assert StateFile(tmp_path / "no" / "file").read() == SiteState()
    assert StateFile(tmp_path / "a\0b").read() == SiteState()
    assert StateFile(tmp_path / "a\0b").stamp() is None


def test_what_cannot_be_written_is_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    file = StateFile(tmp_path / "file" / "license.json")
    assert file.write(KEPT) is False
    assert file.read() == KEPT
    with file.lock() as held:
        assert held


def test_a_write_that_fails_leaves_nothing_beside(tmp_path: Path) -> None:
    (tmp_path / "license.json").mkdir()
    assert StateFile(tmp_path / "license.json").write(KEPT) is False
    assert [path.name for path in tmp_path.iterdir()] == ["license.json"]


def test_memory_gives_way_once_the_file_can_be_written(tmp_path: Path) -> None:
    blocker = tmp_path / "folder"
    blocker.write_text("in the way")
    file = StateFile(blocker / "license.json")
    file.write(KEPT)
    blocker.unlink()
    assert file.write(KEPT._replace(failures=9))
    other = StateFile(file.path)
    assert other.read().failures == 9
    other.write(KEPT._replace(failures=10))
    assert file.read().failures == 10


def test_one_process_holds_the_lock_and_a_dead_one_gives_it_back(tmp_path: Path) -> None:
    file = written(tmp_path)
    program = (
        "import sys, time; from pathlib import Path; from theme_license.state import StateFile\n"
        "with StateFile(Path(sys.argv[1])).lock() as held: print(held, flush=True); time.sleep(60)"
    )
    path = os.pathsep.join(entry for entry in sys.path if entry)
    with subprocess.Popen(
        [sys.executable, "-c", program, file.path],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        with file.lock() as held:
            assert not held
        with file.lock(wait_seconds=0.2) as held:
            assert not held
        other.kill()
    with file.lock(wait_seconds=5) as held:
        assert held


def test_who_will_not_wait_is_told_at_once_and_who_waits_gets_the_lock(tmp_path: Path) -> None:
    # In a folder that the first one makes, and by the file that every released client locks.
    file, other = (StateFile(tmp_path / "deep" / "license.json") for _ in range(2))
    with ExitStack() as first:
        assert first.enter_context(file.lock())
        assert (tmp_path / "deep" / ".license.json.lock").exists()
        started = time.monotonic()
        with other.lock() as held:
            assert not held
        assert time.monotonic() - started < 1
        threading.Timer(0.1, first.close).start()
        with other.lock(wait_seconds=60) as held:
            assert held


def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    program = """
import os, sys
from theme_license.state import StateFile
file = StateFile(sys.argv[1])
waiting, ending = os.pipe()
with file.lock() as held:
    child = os.fork()
    if child == 0:
        os.read(waiting, 1)
        os._exit(0)
with file.lock() as again:
    print(held, again)
os.write(ending, b"x")
os.waitpid(child, 0)
"""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "license.json"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    assert done.stdout == "True True\n", done.stderr


@pytest.mark.parametrize(
    ("number", "expected"), [(errno.ENOLCK, True), (errno.ENOTSUP, True), (errno.EAGAIN, False), (errno.EACCES, False)]
)
def test_a_file_system_without_locks_does_not_stop_a_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, expected: bool
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", refuse)
    with written(tmp_path).lock() as held:
        assert held is expected


def test_a_writer_that_is_killed_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    file = written(tmp_path)
    program = (
        "import sys; from pathlib import Path; from theme_license.state import SiteState, StateFile\n"
        "file = StateFile(Path(sys.argv[1])); number = 0\n"
        "while True:\n"
        "    number += 1; file.write(SiteState(token='x' * 9_000, failures=number))\n"
        "    if number == 1: print(flush=True)"
    )
    path = os.pathsep.join(entry for entry in sys.path if entry)
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", program, file.path], stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path}
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            writer.kill()
        state = StateFile(file.path).read()
        assert state.token == "x" * 9_000


def test_what_a_killed_writer_left_hinders_nobody(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from theme_license.state import SiteState, StateFile\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "StateFile(Path(sys.argv[1])).write(SiteState(failures=1))"
    )
    file = StateFile(tmp_path / "license.json")
    path = os.pathsep.join(entry for entry in sys.path if entry)
    subprocess.run([sys.executable, "-c", program, file.path], env=os.environ | {"PYTHONPATH": path}, check=False)
    assert list(tmp_path.iterdir()) != []
    assert file.write(KEPT)
    assert file.read() == KEPT

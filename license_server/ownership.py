"""Whose are the files of a home, and who else may use them? Root works on a home as its owner would."""

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READ_BY_OWNER_AND_GROUP = 0o740
"""The most that a key or a secret may allow: the group of a volume of secrets reads it, nobody but the owner writes."""

_ROOT = 0


def is_open_to_others(mode: int) -> bool:
    """Return whether a file of a key or a secret may be read by everybody, or written by others than its owner.

    A folder may also be entered by its group.
    """
    allowed = READ_BY_OWNER_AND_GROUP | (0o010 if stat.S_ISDIR(mode) else 0)
    return bool(stat.S_IMODE(mode) & 0o777 & ~allowed)


def is_read_only(path: Path) -> bool:
    """Return whether ``path`` lies on a file system that nobody here can write, such as a volume of secrets."""
    try:
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def user_name(number: int) -> str:
    """Return the name of a user, or ``#`` and the number of one who has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"


@contextmanager
def acting_as_owner(path: Path) -> Iterator[None]:
    """Let root do what is within the block with the rights of the owner of ``path``; others have their own anyway.

    What is made there is the owner's, and what the owner may not do fails with an :class:`OSError`. It holds for the
    whole process, so it is for commands and not for a server that answers.
    """
    found = path.stat() if os.geteuid() == _ROOT else None
    if found is None or found.st_uid == _ROOT:
        yield
        return
    group, groups = os.getegid(), os.getgroups()
    os.setgroups(_groups_of(found.st_uid, found.st_gid))
    try:
        os.setegid(found.st_gid)
        os.seteuid(found.st_uid)
        yield
    finally:
        os.seteuid(_ROOT)
        os.setegid(group)
        os.setgroups(groups)


def _groups_of(user: int, group: int) -> list[int]:
    try:
        return os.getgrouplist(pwd.getpwuid(user).pw_name, group)
    except KeyError:
        return [group]

"""Issue many licenses at once: their keys go to a file, and nothing half-done is left."""

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TextIO

from license_server.errors import HomeNotUsable, Refused
from license_server.home import sync_folder
from license_server.records import Plan
from license_server.service import catalogue
from license_server.service.context import Context
from license_server.service.licenses import Draft, draft, require_customer
from license_server.store import audit, licenses

MAX_COUNT = 1_000_000
BATCH = 2_000
HEADER = ("license_id", "license_key")


def create_many(
    context: Context,
    plan: Plan,
    *,
    customer: str | None,
    count: int,
    output: Path,
    advance: Callable[[int], object],
) -> None:
    """Issue ``count`` licenses of ``plan`` and write CSV to ``output`` (mode 0600), which must not exist.

    The keys are on disk, under a name beside ``output``, before the one transaction that stores the licenses is
    committed, and get their own name after it: a failure leaves neither licenses nor a file. ``advance`` is told how
    many are done. Raises :class:`Refused`, :class:`InputInvalid` or :class:`HomeNotUsable`.
    """
    require_customer(customer)
    if os.path.lexists(output):
        raise Refused(
            f"{output} exists, and is never overwritten; nothing was issued", next_step="give --output another name"
        )
    prefix = catalogue.find_product(context, plan.product).prefix
    drafts = _drafts(context, plan, customer=customer, count=count)
    with _kept_if_finished(output) as (file, finish):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        with context.store.write() as connection:
            done = 0
            while batch := list(islice(drafts, BATCH)):
                writer.writerows((item.row["id"], item.key.text(prefix)) for item in batch)
                licenses.add(connection, [item.row for item in batch])
                audit.add(connection, [item.entry for item in batch])
                done += len(batch)
                advance(done)
            file.flush()
            os.fsync(file.fileno())
        finish()


def _drafts(context: Context, plan: Plan, *, customer: str | None, count: int) -> Iterator[Draft]:
    at = context.clock()
    return (draft(context, plan, customer=customer, at=at) for _ in range(count))


@contextmanager
def _kept_if_finished(output: Path) -> Iterator[tuple[TextIO, Callable[[], None]]]:
    """Give a private file beside ``output``, and the function that names it ``output``; else the file is removed."""
    partial = output.with_name(f".{output.name}.{os.getpid()}.partial")
    finished = False

    def finish() -> None:
        nonlocal finished
        finished = True
        # A hard link refuses an existing name, which a rename would overwrite.
        try:
            os.link(partial, output)
        except OSError as error:
            raise Refused(
                f"{output} could not be made ({error.strerror}); the licenses are issued, their keys are in {partial}",
                next_step=f"mv {partial} to a free name",
            ) from error
        partial.unlink()
        sync_folder(output.absolute().parent)

    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise HomeNotUsable(
            f"{output} cannot be written: {error.strerror}; nothing was issued", next_step="give --output another name"
        ) from error
    try:
        with os.fdopen(descriptor, "w", encoding="ascii", newline="") as file:
            yield file, finish
    except OSError as error:
        raise HomeNotUsable(
            f"{output} cannot be written: {error.strerror}; nothing was issued", next_step="give --output another name"
        ) from error
    finally:
        if not finished:
            with suppress(OSError):
                partial.unlink()

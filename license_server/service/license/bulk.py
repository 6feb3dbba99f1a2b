"""Issue many licenses at once: their keys go to a file, and the same command goes on after whatever ended it.

A batch is on disk in the file before the one transaction that stores its licenses is begun. So after a kill the
database may lack what stands at the file's end, and nothing else: it is looked up there, and added.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from license_server import audit_chain, ids, policy
from license_server.audit_actions import AuditAction
from license_server.audit_chain import OWN_VALUE
from license_server.audit_replay import key_mark
from license_server.errors import HomeNotUsable, ServerUnavailable
from license_server.errors.bulk import (
    OutputChanged,
    OutputExists,
    OutputOfAnotherJob,
    OutputOfAnotherServer,
    StoppedByDatabase,
    StoppedByFile,
)
from license_server.records import BulkJob, Plan
from license_server.secret_purposes import Purpose
from license_server.service import catalogue
from license_server.service.context import Context
from license_server.service.license import bulk_file
from license_server.service.license.bulk_file import KeyFile, Row
from license_server.service.license.issue import first_columns, first_details, require_customer
from license_server.store import bulk, licenses
from theme_license.license_key import GROUP_SYMBOLS, digests, new_symbols

MAX_COUNT = 10_000_000
FIRST_BATCH, SMALLEST_BATCH, LARGEST_BATCH = 30_000, 25_000, 80_000
BRIEF_SECONDS, LONG_SECONDS = 0.5, 1.0
"""A batch holds the write lock; it grows when that was brief and shrinks when it was long, for others wait."""
LOOK_BACK = 10_000
_LOOK_UP = 1_000
_ATTEMPTS = 3


def create_many(
    context: Context,
    plan: Plan,
    *,
    customer: str | None,
    count: int,
    output: Path,
    resume: Callable[[int], object] = lambda issued: None,
    advance: Callable[[int], object] = lambda issued: None,
) -> None:
    """Issue ``count`` licenses of ``plan`` and write CSV to ``output`` (mode 0600), which must not exist.

    Goes on with what an earlier call with the same arguments left, and tells ``resume`` how many there were.
    ``advance`` is told how many are issued, also when the call ends by an error. Raises :class:`Refused`,
    :class:`InputInvalid`, :class:`HomeNotUsable` or :class:`ServerUnavailable`.
    """
    require_customer(customer)
    wanted = _new_job(context, plan, customer=customer, count=count)
    with bulk_file.opened(output) as file:
        begun = file.job()
        if begun is not None:
            _require_same(context, begun, wanted, output)
        elif file.is_complete:
            _require_of(context, plan, customer=customer, count=count, file=file)
        elif not file.is_useless:
            raise OutputChanged(partial=file.partial)
        if not file.is_complete:
            _issue(context, plan, file, begun, wanted, resume, advance)
        elif begun is not None:
            resume(count)
        file.finish()


def _issue(
    context: Context,
    plan: Plan,
    file: KeyFile,
    begun: BulkJob | None,
    wanted: BulkJob,
    resume: Callable[[int], object],
    advance: Callable[[int], object],
) -> None:
    issued = 0

    def told(number: int) -> None:
        nonlocal issued
        issued = number
        advance(number)

    try:
        if begun is None:
            file.begin(wanted)
        issuer = _Issuer(context, plan, begun or wanted, file, told)
        try:
            issuer.run(resume if begun is not None else None)
        finally:
            told(issuer.issued)
    except ServerUnavailable as error:
        raise StoppedByDatabase(cause=error, job=wanted, output=file.output, issued=issued) from error
    except HomeNotUsable as error:
        raise StoppedByFile(cause=error, job=wanted, output=file.output, issued=issued) from error
    finally:
        if not issued:
            file.discard_if_useless()


class _Issuer:
    """One run of a job; ``issued`` counts the licenses whose keys are in the file and which are in the database."""

    def __init__(
        self, context: Context, plan: Plan, job: BulkJob, file: KeyFile, advance: Callable[[int], object]
    ) -> None:
        self._context = context
        self._job = job
        self._file = file
        self._advance = advance
        sold = {"domains": job.domains, "staging_domains": job.staging_domains}
        own = {"key_last5": OWN_VALUE, "key_mark": OWN_VALUE}
        self._details = first_details(plan, **sold, term_ends_at=job.term_ends_at, customer=job.customer) | own
        self._license = first_columns(
            job.plan_id,
            customer=job.customer,
            at=job.started_at,
            term_ends_at=job.term_ends_at,
            **sold,
        )
        self._size = FIRST_BATCH
        self.issued = 0

    def run(self, resume: Callable[[int], object] | None) -> None:
        """Issue what is missing; the keys of the next batch are made while this one is stored."""
        self.issued = self._mend()
        if resume is not None:
            resume(self.issued)
        made = self.issued
        storing: Future[None] | None = None
        with ThreadPoolExecutor(1) as storer:
            while made < self._job.count:
                count = min(self._size, self._job.count - made)
                rows = self._new_rows(count)
                lines, batch = bulk_file.lines(self._job.prefix, rows), self._batch(rows)
                if storing is not None:
                    storing.result()
                    self._advance(self.issued)
                storing = storer.submit(self._store, lines, batch)
                made += count
            if storing is not None:
                storing.result()

    def _new_rows(self, count: int) -> list[Row]:
        license_ids = ids.new_batch(ids.LICENSE, count, self._context.random_bytes)
        return list(zip(license_ids, new_symbols(count, self._context.random_bytes), strict=True))

    def _batch(self, rows: Sequence[Row]) -> bulk.Batch:
        license_ids, keys = zip(*rows, strict=True)
        at = self._context.clock()
        secrets, actor = self._context.secrets.audit, self._context.actor
        made, last5 = list(digests(keys)), [key[-GROUP_SYMBOLS:] for key in keys]
        own = zip(last5, (key_mark(digest).encode("ascii") for digest in made), strict=True)
        macs, details = audit_chain.first_macs(
            secrets, license_ids, own, at=at, actor=actor, action=AuditAction.CREATE, details=self._details
        )
        return bulk.new_batch(
            ids=license_ids,
            digests=made,
            last5=last5,
            macs=macs,
            details=details,
            license=self._license,
            entry={"number": 1, "at": at, "actor": actor, "action": AuditAction.CREATE},
        )

    def _store(self, lines: bytes, batch: bulk.Batch) -> None:
        self._file.append(lines)
        with self._context.store.write(long=True) as connection:
            started = time.monotonic()
            bulk.add(connection, batch)
        self.issued += len(batch.ids)
        taken = time.monotonic() - started
        if taken < BRIEF_SECONDS:
            self._size = min(LARGEST_BATCH, self._size * 2)
        elif taken > LONG_SECONDS:
            self._size = max(SMALLEST_BATCH, self._size // 2)

    def _mend(self) -> int:
        """Bring file and database together again; return how many licenses are in both.

        What the file holds is added to the database, back to where the database has all; a torn end is cut off, if no
        line after the tear is in the database: those were on disk before.
        """
        end = start = self._file.count()
        known_later = False
        if end > self._job.count:
            raise OutputChanged(partial=self._file.partial)
        while start:
            start, stop = max(0, start - LOOK_BACK), start
            rows = self._file.read(start, stop)
            known = self._known(rows)
            torn = next((place for place, row in enumerate(rows) if b"" in row), None)
            if torn is not None:
                if known_later or any(known[torn:]):
                    raise OutputChanged(partial=self._file.partial)
                end = start + torn
            elif all(known):
                break
            known_later = known_later or any(known)
        self._file.cut(end)
        for at in range(start, end, LOOK_BACK):
            self._add_missing(self._file.read(at, min(end, at + LOOK_BACK)))
        return end

    def _known(self, rows: Sequence[Row]) -> list[bool]:
        """Return which rows are in the database. Raises :class:`OutputChanged` for an id that has another key there."""
        stored: dict[str, bytes] = {}
        with self._context.store.read() as connection:
            for at in range(0, len(rows), _LOOK_UP):
                some = [license_id.decode("ascii") for license_id, _ in rows[at : at + _LOOK_UP]]
                stored.update(bulk.stored_digests(connection, some))
        found = [stored.get(license_id.decode("ascii")) for license_id, _ in rows]
        made = digests(key for _, key in rows)
        if any(digest not in (None, own) for digest, own in zip(found, made, strict=True)):
            raise OutputChanged(partial=self._file.partial)
        return [digest is not None for digest in found]

    def _add_missing(self, rows: Sequence[Row]) -> None:
        for _ in range(_ATTEMPTS):
            known = self._known(rows)
            missing = [row for row, is_known in zip(rows, known, strict=True) if not is_known]
            if not missing:
                return
            try:
                with self._context.store.write(long=True) as connection:
                    bulk.add(connection, self._batch(missing))
            except IntegrityError:
                # PostgreSQL may still be committing what a process that was killed had sent; then look again.
                continue
        if not all(self._known(rows)):
            raise OutputChanged(partial=self._file.partial)


def _new_job(context: Context, plan: Plan, *, customer: str | None, count: int) -> BulkJob:
    at = context.clock()
    term = policy.parse_term(plan.term)
    if term is None:
        raise ValueError("a stored plan has a term")
    return BulkJob(
        server=_marks(context)[-1],
        product=plan.product,
        plan=plan.slug,
        plan_id=plan.id,
        prefix=catalogue.find_product(context, plan.product).prefix,
        count=count,
        customer=customer,
        started_at=at,
        term_ends_at=term.ends_at(at),
        domains=plan.domains,
        staging_domains=plan.staging_domains,
    )


def _marks(context: Context) -> list[str]:
    """Return what tells jobs of this server from those of others, by each audit secret; the last is for a new job."""
    return [made.hex()[:16] for made in context.secrets.derive_all(Purpose.BULK_JOB)]


def _require_same(context: Context, begun: BulkJob, wanted: BulkJob, output: Path) -> None:
    if begun.server not in _marks(context):
        raise OutputOfAnotherServer(output=output)
    if (begun.plan_id, begun.count, begun.customer) != (wanted.plan_id, wanted.count, wanted.customer):
        raise OutputOfAnotherJob(output=output, begun=begun)


def _require_of(context: Context, plan: Plan, *, customer: str | None, count: int, file: KeyFile) -> None:
    """See that the complete file, whose job was removed already, is of this job; else it is one that exists."""
    with context.store.read() as connection:
        license = licenses.find(connection, file.last_id().decode("ascii"))
    if license is None or (license.plan.id, license.customer, file.count()) != (plan.id, customer, count):
        file.finish()
        raise OutputExists(output=file.output)

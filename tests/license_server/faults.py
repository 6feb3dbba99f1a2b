"""What the tests of faults tried, and what became of it: one row a fault and database, printed by ``make faults``."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

FULL = os.environ.get("FAULTS") == "full"
"""Whether the counts are those of ``make faults``; the same tests run with small ones otherwise."""


@dataclass
class Tally:
    """One row of the table.

    ``tried`` is named in the row; ``acknowledged`` counts what the server said it did, ``lost`` what is not there of
    it afterwards, ``wrong`` every answer and every row of the database that may not be.
    """

    fault: str
    database: str
    tried: int = 0
    acknowledged: int = 0
    lost: int = 0
    wrong: int = 0
    examples: list[object] = field(default_factory=list)

    def is_lost(self, *examples: object) -> None:
        """Count what was acknowledged and is gone."""
        self.lost += len(examples)
        self.examples += examples

    def is_wrong(self, *examples: object) -> None:
        """Count what may not be."""
        self.wrong += len(examples)
        self.examples += examples

    def assert_none_lost_or_wrong(self) -> None:
        """Fail with some of what is lost or wrong."""
        assert (self.lost, self.wrong) == (0, 0), self.examples[:10]


NewTally = Callable[[str], Tally]
"""Opens the row of a fault, on the database that the test runs on: ``new_tally("a kill -9")``."""


def table(tallies: list[Tally]) -> list[str]:
    """Return the lines of the table, the rows of the same fault and database added up."""
    rows: dict[tuple[str, str], list[Tally]] = {}
    for tally in tallies:
        rows.setdefault((tally.fault, tally.database), []).append(tally)
    columns = ("tried", "acknowledged", "lost", "wrong")
    cells = [("fault", "database", *columns)]
    for names, found in rows.items():
        cells.append((*names, *(f"{sum(getattr(tally, column) for tally in found):,}" for column in columns)))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) if place < 2 else cell.rjust(width) for place, (cell, width) in enumerate(sized))
        for sized in (list(zip(row, widths, strict=True)) for row in cells)
    ]

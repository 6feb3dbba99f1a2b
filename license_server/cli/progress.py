"""How far is it? A bar on a terminal, nothing elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class KeyProgress:
    """A bar with the number of keys, their rate and the time left."""

    def __init__(self, total: int) -> None:
        console = Console(stderr=True)
        columns = (
            TextColumn("keys"),
            BarColumn(),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeRemainingColumn(compact=True),
        )
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self._task = self._bar.add_task("keys", total=total)

    def start(self) -> None:
        """Show the bar."""
        self._bar.start()

    def stop(self) -> None:
        """Remove the bar; does no harm twice."""
        self._bar.stop()

    def start_at(self, done: int) -> None:
        """Begin with ``done`` keys, which count for no rate."""
        self._bar.reset(self._task, completed=done)

    def advance(self, done: int) -> None:
        """Show that ``done`` keys are issued."""
        self._bar.update(self._task, completed=done)


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} keys/s")


@contextmanager
def key_progress(total: int) -> Iterator[KeyProgress]:
    """Show the bar within the block."""
    progress = KeyProgress(total)
    progress.start()
    try:
        yield progress
    finally:
        progress.stop()

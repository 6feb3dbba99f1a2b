"""What went wrong after a click?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .sentences import CAUSES


@dataclass(frozen=True, slots=True)
class Failure:
    """The code of a refusal, or the cause for which no server could be asked; ``problem`` is what the server told."""

    code: str
    problem: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_unreachable(self) -> bool:
        """Whether nobody answered, so that nothing is known."""
        return self.code in CAUSES

    @property
    def is_answer(self) -> bool:
        """Whether a text that was brought back from the portal was not taken."""
        return self.code.startswith("answer_")

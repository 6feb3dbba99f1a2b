"""Where the vectors are, and what is in one."""

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent
SCENARIOS = sorted((VECTORS / "signed_license").glob("*.json"))


def load(path: Path) -> Any:
    """Return what a file of vectors holds."""
    return json.loads(path.read_text("utf-8"))

"""Do the tests keep to their rooms?"""

import re
from pathlib import Path


def test_no_test_takes_anything_from_another_test() -> None:
    taken = re.compile(r"^\s*(?:from|import) [\w.]*\btest_\w+|^\s*from tests[\w.]* import .*\btest_", re.MULTILINE)
    assert [path.name for path in Path(__file__).parent.rglob("*.py") if taken.search(path.read_text("utf-8"))] == []

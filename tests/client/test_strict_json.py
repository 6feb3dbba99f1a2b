"""What every JSON reader makes of a payload, to the last bracket and the last digit."""

import json

import pytest

from theme_license.errors import MalformedLicense
from theme_license.strict_json import read_object


@pytest.mark.parametrize(("start", "end", "times"), [('{"a":', "}", 64), ('{"a":[', "]}", 32)])
def test_sixty_four_levels_are_read_and_no_more(start: str, end: str, times: int) -> None:
    whole = start * times + "0" + end * times
    assert read_object(whole.encode()) == json.loads(whole)
    with pytest.raises(MalformedLicense, match="nested too deeply"):
        read_object(f'{{"a":{whole}}}'.encode())


def test_brackets_beside_one_another_are_no_levels() -> None:
    assert read_object(b'{"a":[' + b"{}," * 100 + b"[]]}") == {"a": [{}] * 100 + [[]]}


@pytest.mark.parametrize(
    ("text", "kind"),
    [("0", int), ("9007199254740991", int), ("-900719925474099", int), ("-0", float), ("10000000000000000", float)],
)
def test_a_number_is_whole_only_where_every_language_reads_it_so(text: str, kind: type) -> None:
    assert type(read_object(f'{{"a":{text}}}'.encode())["a"]) is kind

"""Charts of block characters: columns for days, bars for names."""

from collections.abc import Mapping, Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_BAR_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def columns(values: Sequence[int], *, height: int, width: int) -> list[str]:
    """Return lines, top first, with one column a value; more than ``width`` values are summed in equal groups."""
    values = _grouped(values, width)
    wide = max(1, min(2, width // max(1, len(values))))
    most = max([*values, 1])
    # A value above zero shows at least the lowest block.
    filled = [max(1, round(value * height * 8 / most)) if value else 0 for value in values]
    return [
        "".join(_EIGHTHS[min(8, max(0, level - row * 8))] * wide for level in filled).rstrip()
        for row in reversed(range(height))
    ]


def bars(values: Mapping[str, int], *, width: int) -> list[tuple[str, str, int]]:
    """Return name, bar of at most ``width`` characters, and value."""
    most = max([*values.values(), 1])
    return [(name, _bar(value, most, width), value) for name, value in values.items()]


def _bar(value: int, most: int, width: int) -> str:
    eighths = max(1, round(value * width * 8 / most)) if value else 0
    return "█" * (eighths // 8) + _BAR_EIGHTHS[eighths % 8]


def _grouped(values: Sequence[int], width: int) -> list[int]:
    size = -(-len(values) // max(1, width))
    return [sum(values[start : start + size]) for start in range(0, len(values), size)]

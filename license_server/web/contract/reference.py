"""Print every problem of the API as Markdown: ``docs/problems.md`` is made by this, from what the pages are made of."""

import textwrap
from collections.abc import Iterator

from license_server.web.contract.explanations import EXPLANATIONS
from license_server.web.http.problems import every_problem

_HEAD = """\
# Problems

Every code that the activation API answers with. A license server shows the same at `/problems`, and each problem's
`type` is the address of its page there. This page is made from the program by `make reference`;
[the protocol](protocol.md) is normative.
"""


def reference() -> str:
    """Return the page."""
    return "\n".join([_HEAD, _overview(), *_problems()])


def _overview() -> str:
    rows = [
        f"| {problem.status} | [`{code}`](#{code}) | {problem.title} |"
        for code, (problem, _) in every_problem().items()
    ]
    return "\n".join(["| status | code | title |", "|---|---|---|", *rows]) + "\n"


def _problems() -> Iterator[str]:
    for code, (problem, _) in every_problem().items():
        explanation = EXPLANATIONS[code]
        yield f"## {code}\n"
        yield _paragraph(f"{problem.status}: {problem.title}. {explanation.when}")
        if explanation.members:
            yield "".join(_paragraph(f"- `{member.name}`: {member.meaning}", "  ") for member in explanation.members)
        yield _paragraph(f"**Site owner.** {explanation.owner}")
        yield _paragraph(f"**Theme developer.** {explanation.developer}")
        yield _paragraph(f"**Vendor.** {explanation.vendor}")


def _paragraph(text: str, indent: str = "") -> str:
    lines = textwrap.wrap(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(reference(), end="")

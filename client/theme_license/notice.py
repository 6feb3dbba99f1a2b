"""What does the notice say, in the owner's language? Three sentences; the second leads to the key field.

It belongs on the theme options page alone, and on no page that a visitor reads.
"""

from html import escape

from .languages import best_language, catalog, direction, marked

_SENTENCES = (
    marked("{theme} Theme License is not validated."),
    marked("Go to the theme options page to validate the license."),
    marked("You need a single license for each domain name."),
)


def notice_sentences(theme: str, language: str) -> tuple[str, str, str]:
    """Return the three sentences as plain text, in the best of the fourteen languages for ``language``."""
    translate = catalog(best_language(language)).gettext
    first, second, third = (translate(sentence) for sentence in _SENTENCES)
    return first.replace("{theme}", theme), second, third


def notice_text(theme: str, language: str) -> str:
    """Return the notice as one line of plain text."""
    return " ".join(notice_sentences(theme, language))


def notice_html(theme: str, language: str, *, field_url: str) -> str:
    """Return the notice as escaped HTML with its ``lang`` and ``dir``; its look is the options page's style sheet."""
    spoken = best_language(language)
    name_mark = "\x00"
    first, second, third = (escape(sentence) for sentence in notice_sentences(name_mark, spoken))
    first = first.replace(name_mark, f"<bdi>{escape(theme)}</bdi>")
    return (
        f'<div class="theme-license-notice" role="status" lang="{spoken}" dir="{direction(spoken)}"><p>'
        f'<strong>{first}</strong> <a href="{escape(field_url)}">{second}</a> {third}</p></div>'
    )

"""How does an address get onto a telephone? As a QR code (ISO/IEC 18004), drawn as SVG within the page."""

from markupsafe import Markup

QUIET_ZONE_MODULES = 4


def qr_svg(address: str) -> Markup:
    """Return the code of ``address`` as inline SVG, black on white in every colour scheme, without a title."""
    import segno  # only where a code is drawn: it takes every start of a theme 5 ms

    code = segno.make(address, error="l", micro=False)
    drawn = code.svg_inline(border=QUIET_ZONE_MODULES, dark="#000", light="#fff", omitsize=True)
    return Markup(drawn)  # noqa: S704 (drawn here)

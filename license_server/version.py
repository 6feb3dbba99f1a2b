"""Which version of the program is this?"""

from importlib import metadata


def version() -> str:
    """Return the version of the installed distribution; a folder that was never installed has none."""
    try:
        return metadata.version("theme-license")
    except metadata.PackageNotFoundError:
        return "0 (not installed)"

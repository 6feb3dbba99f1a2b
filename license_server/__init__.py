"""The license server: `license-server NOUN VERB`, and the API that themes ask.

Nothing heavy is imported here, so that the console script can say what is missing when the extra is not installed.
"""

import sys

__all__ = ["main"]

_OF_THE_EXTRA = frozenset(
    {
        "alembic",
        "click",
        "flask",
        "granian",
        "prometheus_client",
        "publicsuffixlist",
        "pydantic",
        "pydantic_settings",
        "rich",
        "sqlalchemy",
        "structlog",
    }
)


def main() -> None:
    """Run the command line and exit with its status; without the ``server`` extra, say how to get it and exit 1."""
    try:
        from license_server.cli import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _OF_THE_EXTRA:
            raise
        print(
            f"error: the license server needs {error.name}, which is not installed; "
            "next: pip install 'theme-license[server]'",
            file=sys.stderr,
        )
        sys.exit(1)
    sys.exit(run())

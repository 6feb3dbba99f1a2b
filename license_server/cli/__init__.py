"""The vendor's command line: ``license-server NOUN VERB``, one module per noun."""

from license_server.cli.main import run

__all__ = ["run"]

"""The same server, but for one secret: what it would take for another's."""

import shutil
from dataclasses import replace
from pathlib import Path

from license_server import secret_files
from license_server.home import Home
from license_server.secret_files import SecretFolder
from license_server.secret_purposes import SecretKind
from license_server.service.context import Context


def with_another_secret(context: Context, kind: SecretKind, folder: Path) -> Context:
    """Return ``context`` with another secret of a kind, kept in the new folder ``folder``."""
    home = Home(folder)
    shutil.copytree(context.home.secrets, home.secrets)
    (home.secrets / f"{kind}-1").unlink()
    secret_files.add_secret(home, kind, 1, waiting=False)
    return replace(context, secret_folder=SecretFolder(home))

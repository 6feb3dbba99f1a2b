"""What each worker process of ``serve`` loads: the application for the settings in the environment."""

import ctypes
import os
import signal
import sys
import threading
import time

from flask import Flask

from license_server import policy
from license_server.config import Settings, load_settings
from license_server.service.context import open_context
from license_server.web.app import create_app
from license_server.web.http import logs
from license_server.web.process.waiting_room import WaitingRoom
from theme_license.domain import parse_domain

_PR_SET_PDEATHSIG = 1


def application() -> Flask:
    """Open the server named by the environment and return its application."""
    return _application(load_settings())


def waiting_room() -> WaitingRoom:
    """Return the application where a request waits for its body without a thread."""
    settings = load_settings()
    return WaitingRoom(_application(settings), threads=settings.threads)


def _application(settings: Settings) -> Flask:
    _end_with_parent()
    logs.configure(settings.log_level)
    # The suffix list is read before the first request, not in it.
    policy.decide(parse_domain("example.com"))
    # `serve` has checked the schema. A worker that is replaced while the database is away must start all the same: it
    # answers 503 until the database is back.
    return create_app(open_context(settings, check_schema=False))


def _end_with_parent() -> None:
    """End this worker when the process that started it is killed, so that no orphan keeps the port and the database.

    Where the system cannot arrange it (only Linux can), a worker without its parent is looked for every second.
    """
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return
    threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)

"""Run the application under a production server: several processes, graceful at SIGTERM."""

import copy
import os
import socket
from collections.abc import Callable
from contextlib import nullcontext
from ipaddress import ip_address
from typing import Any

from license_server.config import ENVIRONMENT_PREFIX, Settings
from license_server.errors.home import HostUnknown, PortNotFree
from license_server.web.process import metrics_page

STOP_SECONDS = 5
BACKLOG = 512
MAX_CONNECTIONS = 1_024
HEADER_TIMEOUT_MS = 10_000
MAX_HEADER_BYTES = 65_536


def require_free_port(host: str, port: int, *, for_metrics: bool = False) -> None:
    """Raise :class:`HostUnknown` or :class:`PortNotFree` unless the address can be listened on."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise HostUnknown(host=host) from error
    family, kind, protocol, _, address = addresses[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise PortNotFree(host=host, port=port, why=str(error.strerror), for_metrics=for_metrics) from error


def serve(settings: Settings, *, host: str, port: int, started: Callable[[], None]) -> None:
    """Answer requests until SIGTERM or SIGINT; requests under way are finished first, for up to five seconds."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LOGGING_CONFIG, LogLevels

    logging_config: dict[str, Any] = copy.deepcopy(LOGGING_CONFIG)
    for handler in logging_config["handlers"].values():
        handler["stream"] = "ext://sys.stderr"

    # The workers are new processes and read the settings again; what was decided here must reach them.
    os.environ[f"{ENVIRONMENT_PREFIX}HOME"] = str(settings.home)
    os.environ[f"{ENVIRONMENT_PREFIX}URL"] = settings.base_url
    if settings.metrics_port is not None:
        os.environ[f"{ENVIRONMENT_PREFIX}METRICS_PORT"] = str(settings.metrics_port)
    # What a proxy, or somebody on this machine, hands over has its body with it, and a thread can read that; what comes
    # from anywhere waits for its body without one, which costs each call something.
    waits = not settings.trusted_proxies and not _is_loopback(host)
    server = Granian(
        f"license_server.web.process.worker:{'waiting_room' if waits else 'application'}",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.RSGI if waits else Interfaces.WSGI,
        blocking_threads=None if waits else settings.threads,
        workers=settings.workers,
        backlog=BACKLOG,
        backpressure=MAX_CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS, max_buffer_size=MAX_HEADER_BYTES),
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=logging_config,
        log_access=False,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=STOP_SECONDS,
    )
    server.on_startup(started)
    with metrics_page.exposed(settings.metrics_port) if settings.metrics_port is not None else nullcontext():
        server.serve()


def _is_loopback(host: str) -> bool:
    """Return whether only this machine can reach what listens on ``host``."""
    try:
        addresses = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        return False
    return all(ip_address(address[0]).is_loopback for *_, address in addresses)

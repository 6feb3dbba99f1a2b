"""What stands while the demo runs: one vendor, two sites on loopback, and the little faults one may cause there."""

import json
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from demo.framing import put_on_stage
from demo.site import NEWS, OPTIONS_PAGE, PUBLIC_PATHS, SHOP, SitePlan, create_bare_site, create_site, state_path
from demo.vendor import DemoFailed, Vendor, free_port


class QuietHandler(WSGIRequestHandler):
    """Serve without a line per request: the demo's terminal tells what to try, not who asked."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Drop the access log."""


@dataclass(slots=True, kw_only=True)
class RunningSite:
    """A themed site that is being served on loopback."""

    plan: SitePlan
    app: Flask
    bare: Flask
    port: int
    instance: Path
    server: BaseWSGIServer

    @property
    def url(self) -> str:
        """The address on this machine; the license knows the site by ``plan.domain``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def options_url(self) -> str:
        """The theme options page."""
        return self.url + OPTIONS_PAGE

    def verdict(self) -> str:
        """Return what the theme's own check says."""
        return str(self.app.extensions["demo_check"]().code)

    def license_bytes_in_public(self) -> int:
        """Return by how many bytes the public answers differ from those of the same theme without the client."""
        with_client, without = self.app.test_client(), self.bare.test_client()
        return sum(_difference(with_client.get(path).data, without.get(path).data) for path in PUBLIC_PATHS)

    def edit_one_byte(self) -> None:
        """Change one character inside the signed license that the site keeps. Raises :class:`DemoFailed`."""
        path = state_path(self.instance)
        try:
            state = json.loads(path.read_text("utf-8"))
            header, payload, signature = state["signed_license"].split(".")
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise DemoFailed(f"{self.plan.domain} keeps no signed license yet; activate it first") from error
        middle = len(payload) // 2
        payload = payload[:middle] + ("B" if payload[middle] == "A" else "A") + payload[middle + 1 :]
        state["signed_license"] = f"{header}.{payload}.{signature}"
        path.write_text(json.dumps(state), "utf-8")


class World:
    """Everything that the demo starts; used as a context manager, it leaves nothing behind.

    With a ``stage_port``, the page that is served there may frame the sites' options pages.
    """

    def __init__(self, *, stage_port: int | None = None) -> None:
        self.stage_port = stage_port
        self.folder = Path(tempfile.mkdtemp(prefix="theme-license-demo-"))
        self.vendor = Vendor(self.folder / "vendor", free_port(8787))
        self.license_key = ""
        self.sites: list[RunningSite] = []
        self._servers: list[BaseWSGIServer] = []

    def __enter__(self) -> Self:
        try:
            self.vendor.open_shop()
            self.license_key = self.vendor.issue_key()
            self.vendor.start()
            keys = self.vendor.public_keys()
            self.sites = [self._serve_site(plan, keys, port) for plan, port in ((NEWS, 8781), (SHOP, 8782))]
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def serve_stage(self, app: Flask) -> None:
        """Serve the page that frames the sites at ``stage_port``. Raises :class:`DemoFailed` where there is none."""
        if self.stage_port is None:
            raise DemoFailed("this world was made without a stage")
        self.serve(app, self.stage_port)

    def serve(self, app: Flask, port: int) -> BaseWSGIServer:
        """Serve ``app`` on the loopback address from a thread, until the world closes."""
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self._servers.append(server)
        return server

    def close(self) -> None:
        """Stop every server and remove every file."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers.clear()
        self.vendor.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _serve_site(self, plan: SitePlan, keys: list[str], preferred_port: int) -> RunningSite:
        instance = self.folder / plan.domain
        instance.mkdir()
        app = create_site(plan, server=self.vendor.url, keys=keys, product=self.vendor.product, instance=instance)
        if self.stage_port is not None:
            put_on_stage(app, stage_origin=f"http://127.0.0.1:{self.stage_port}", license_key=self.license_key)
        port = free_port(preferred_port)
        server = self.serve(app, port)
        bare = create_bare_site(plan, instance)
        return RunningSite(plan=plan, app=app, bare=bare, port=port, instance=instance, server=server)


def _difference(one: bytes, other: bytes) -> int:
    if one == other:
        return 0
    changed = sum(a != b for a, b in zip(one, other, strict=False))
    return max(changed + abs(len(one) - len(other)), 1)

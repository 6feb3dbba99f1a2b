"""``license-server serve``: answer the themes."""

import click

from license_server.cli.output import say
from license_server.config import DEFAULT_HOST, DEFAULT_PORT, load_settings
from license_server.service.context import open_context
from license_server.service.operating import signing_keys


@click.command()
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), default=DEFAULT_PORT, show_default=True, help="Port.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; default: the setting, 2.")
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65_535),
    help="Port of 127.0.0.1 that tells Prometheus metrics; default: the setting, none.",
)
def serve(host: str, port: int, workers: int | None, metrics_port: int | None) -> None:
    """Serve the activation API until SIGTERM or Ctrl-C."""
    from license_server.web.process import metrics_page, serving

    settings = load_settings()
    changes: dict[str, object] = {}
    if workers is not None:
        changes["workers"] = workers
    if metrics_port is not None:
        changes["metrics_port"] = metrics_port
    if settings.url is None:
        changes["url"] = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    settings = settings.model_copy(update=changes)
    context = open_context(settings)
    try:
        signing_keys.require_usable(context)
    finally:
        # The workers are forked from this process, and an SQLite connection must not cross a fork.
        context.store.dispose()
    serving.require_free_port(host, port)
    if settings.metrics_port is not None:
        serving.require_free_port(metrics_page.HOST, settings.metrics_port, for_metrics=True)
    serving.serve(
        settings, host=host, port=port, started=lambda: say(f"Serving {settings.base_url} on {host} port {port}")
    )

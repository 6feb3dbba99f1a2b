"""`python -m demo` shows the product at work; `python -m demo --check` walks through it without a browser."""

import argparse
import signal
import sys
import threading

from demo.stage import create_stage
from demo.vendor import DemoFailed, free_port
from demo.walk import walk
from demo.world import World


def main() -> int:
    """Run the demo and return the exit status: 0 when done, 1 when something was not as promised."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--check", action="store_true", help="walk every step and print what was seen")
    parser.add_argument("--port", type=int, default=8780, help="of the side-by-side page (default: %(default)s)")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    try:
        print("→ starting a license server and two themed sites (throw-away data, loopback only)", flush=True)
        if options.check:
            with World() as world:
                return walk(world, stop)
        with World(stage_port=free_port(options.port)) as world:
            return show(world, stop)
    except DemoFailed as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1


def show(world: World, stop: threading.Event) -> int:
    """Serve the side-by-side page until somebody stops the demo."""
    world.serve_stage(create_stage(world))
    print(f"\n  Side by side    http://127.0.0.1:{world.stage_port}/   ← open this")
    for site in world.sites:
        print(f"  {site.plan.domain:<15} {site.options_url}")
    print(f"  license server  {world.vendor.url}")
    print(f"  license key     {world.license_key}   (one domain)\n")
    print("  Ctrl-C stops everything and removes it.", flush=True)
    stop.wait()
    print("\n→ removing everything")
    print("Next: README.md, “Five lines in a theme”; then docs/vendors.md to run a license server of your own.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

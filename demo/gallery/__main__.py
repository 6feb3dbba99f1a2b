"""`python -m demo.gallery` serves every state of the license card until Ctrl-C."""

import argparse
import signal
import sys
import threading

from demo.gallery.serve import serving
from demo.vendor import free_port


def main() -> int:
    """Serve the gallery and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m demo.gallery", description=__doc__)
    parser.add_argument("--port", type=int, default=8790, help="where it is served (default: %(default)s)")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    with serving(port=free_port(options.port)) as url:
        print(f"  Every state of the license card    {url}/   ← open this\n\n  Ctrl-C ends.", flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``python -m license_server``, the same as ``license-server``."""

from license_server import main

if __name__ == "__main__":
    main()

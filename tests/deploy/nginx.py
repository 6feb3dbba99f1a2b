"""A real nginx with the site file that is shipped, on loopback ports and with a certificate of its own."""

import ipaddress
import re
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from requests.adapters import HTTPAdapter

from tests.license_server.live import free_port

SITE_FILE = Path(__file__).parents[2] / "deploy" / "nginx" / "license-server.conf"
START_SECONDS = 10

_MAIN = """daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Nginx:
    """nginx in front of ``upstream`` (a port): https at ``url``, plain http at ``plain_url``."""

    def __init__(self, program: str, folder: Path, *, upstream: int, port: int) -> None:
        self.folder = folder
        self.certificate = folder / "fullchain.pem"
        self.access_log = folder / "license-server.log"
        self.port, self._plain = port, free_port()
        self.url = f"https://127.0.0.1:{port}"
        self.plain_url = f"http://127.0.0.1:{self._plain}"
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)
        _make_certificate(self.certificate, folder / "privkey.pem")
        site = _with_ports(SITE_FILE.read_text(), upstream=upstream, tls=port, plain=self._plain)
        site = site.replace("/etc/letsencrypt/live/licenses.example.com", str(folder))
        (folder / "site.conf").write_text(site.replace("/var/log/nginx", str(folder)))
        (folder / "nginx.conf").write_text(_MAIN.format(folder=folder))

    def __enter__(self) -> "Nginx":
        command = [self._program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=30, check=False)
        assert checked.returncode == 0, checked.stderr
        assert "warn" not in checked.stderr.replace('the "user" directive', ""), checked.stderr
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                requests.get(self.plain_url, timeout=2, allow_redirects=False)
                return self
            except requests.ConnectionError:
                assert self._process.poll() is None, (self.folder / "error.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(15)

    def session(self, source: str = "127.0.0.1") -> requests.Session:
        """Return a session that comes from the address ``source`` and trusts this nginx alone."""
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.certificate)
        session.mount("https://", _From(source))
        return session

    def tls(self) -> ssl.SSLContext:
        """Return a TLS context that trusts this nginx alone."""
        return ssl.create_default_context(cafile=str(self.certificate))


class _From(HTTPAdapter):
    """Calls from one source address."""

    def __init__(self, source: str) -> None:
        self._source = source
        super().__init__()

    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        super().init_poolmanager(*args, source_address=(self._source, 0), **kwargs)  # type: ignore[arg-type]


def _with_ports(site: str, *, upstream: int, tls: int, plain: int) -> str:
    """Return the site with loopback ports, each of which must stand where it is expected."""
    for pattern, text, times in (
        (r"server 127\.0\.0\.1:8787 ", f"server 127.0.0.1:{upstream} ", 1),
        (r"listen 443 ssl;", f"listen 127.0.0.1:{tls} ssl;", 1),
        (r"listen 80;", f"listen 127.0.0.1:{plain};", 1),
        (r"server_name licenses\.example\.com;", "server_name 127.0.0.1;", 2),
        (r" *listen \[::\]:(443 ssl|80);\n", "", 2),
    ):
        site, found = re.subn(pattern, text, site)
        assert found == times, pattern
    return site


def _make_certificate(certificate: Path, key: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "licenses.example.com")])
    names = [x509.DNSName("licenses.example.com"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    key.chmod(0o600)

"""One site's story, as every example tells it: real answers of a server whose signing key and secrets were thrown away.

A test verifies the signed licenses with :data:`PUBLIC_KEY`, and holds every example against its schema.
"""

from typing import Any

PUBLIC_KEY = "Qe6qjYjSO0JSxMW8cFXRIsHfrVLU8Z0120jl8fjP43o"
KEY_ID = "HGRADrKCxxeYQprc7wkfZJi9BUSOCRMb1kYsS2HZEX0"
LICENSE_KEY = "JNH-B0F6R-37APB-S3SCY-XM6QE-PZQPT-GDQ8Y"
ACTIVATION_ID = "act_Q49CG3QBCBZ5W1XYKXJ22PP6"
ACTIVATION_TOKEN = "thma_AbkSyA7rYv5eB76fZCFaxuGbtQfRC63NwJF7KmMt4AAkhcb4FBa_2-9-qZ1jLOh3p6ZAZvzZsVGmb1XGc40p"  # noqa: S105 - of no server
REQUEST_ID = "5b1cbb86-4f7c-4e43-9c1e-7c0f0a9a5e1d"
LINKS = {"renew": "https://themes.example.com/renew", "support": "https://themes.example.com/support"}

ACTIVATE_NONCE = "2Yd0sLr1tkJ6m0wLh3sQb8bW1gT9v5xN4cZ7pR2aE0k"
MOVE_NONCE = "b7Rk1nV0cQ4xS9eZtYw2LmA6uHpD3fGjK8oIiNqTsXE"
REFRESH_NONCE = "Qm9vXzEyMzQ1Njc4OTBhYmNkZWZnaGlqa2xtbm9wcXI"
DEACTIVATE_NONCE = "uC5b0Yk2mXw8QeZr7TtLs1VdNfJhGpAi3oKxEy6Bq9M"

_HEADER = (
    "eyJhbGciOiJFZERTQSIsImtpZCI6IkhHUkFEcktDeHhlWVFwcmM3d2tmWkppOUJVU09DUk1iMWtZc1MySFpFWDAiLCJ0eXAiOiJ0aGVtZS1saWNl"
    "bnNlK2p3dCJ9."
)
_BEGINNING = (
    "eyJ2IjoxLCJpc3MiOiJodHRwczovL2xpY2Vuc2VzLmV4YW1wbGUuY29tIiwic3ViIjoibGljX1c2RFZBMVlIMUVQV1ZHNEhGQ042NkJGMCIsImp0"
    "aSI6ImFjdF9RNDlDRzNRQkNCWjVXMVhZS1hKMjJQUDYiLCJhdWQiOiJuZXdzLmV4YW1wbGUuY29tIiwicHJvZHVjdCI6Imphbm5haCIsInBsYW4i"
    "OiJzaW5nbGUiLCJlbnYiOiJwcm9kdWN0aW9uIiwic3RhdHVzIjoi"
)
_ACTIVE = (
    "YWN0aXZlIiwiaWF0IjoxODAwMDAwMDAwLCJleHAiOjE4MDI1OTIwMDAsImdyYWNlIjoxMjA5NjAwLCJyZWZyZXNoIjoxODAwMDg2NDAwLCJleHBp"
    "cmVzIjoxODMxNTM2MDAwLCJmZWF0dXJlcyI6WyJkZW1vcyJdLCJub25jZSI6I"
)
_RELEASED = (
    "cmVsZWFzZWQiLCJpYXQiOjE4MDAwMDAwMDAsImV4cCI6MTgwMjU5MjAwMCwiZ3JhY2UiOjEyMDk2MDAsInJlZnJlc2giOjE4MDAwODY0MDAsImV4"
    "cGlyZXMiOjE4MzE1MzYwMDAsImZlYXR1cmVzIjpbImRlbW9zIl0sIm5vbmNlIjoi"
)
ACTIVATED_LICENSE = (
    f"{_HEADER}{_BEGINNING}{_ACTIVE}jJZZDBzTHIxdGtKNm0wd0xoM3NRYjhiVzFnVDl2NXhONGNaN3BSMmFFMGsifQ."
    "yLWCIlRR9hR6PwofxpVmZX9Qw0TQtQS3L-cZ1BhsWhc0X6J33jaQgpdk_XBhxQw78JF7fy6SotUuIG5lJ49fAQ"
)
REFRESHED_LICENSE = (
    f"{_HEADER}{_BEGINNING}{_ACTIVE}lFtOXZYekV5TXpRMU5qYzRPVEJoWW1Oa1pXWm5hR2xxYTJ4dGJtOXdjWEkifQ."
    "gQRkFAR-ATUhlzIUg-IMobbR1AE0BztSWG8DRtjXaiyKF8tueDpDIDmcbQTF_ppKGLGrFpBR8GHK35ts0XbAAQ"
)
RELEASED_LICENSE = (
    f"{_HEADER}{_BEGINNING}{_RELEASED}dUM1YjBZazJtWHc4UWVacjdUdExzMVZkTmZKaEdwQWkzb0t4RXk2QnE5TSJ9."
    "mI4RhiZ9h8G3jufBSIyyICEDZxJFiRGi1kE6Owr8A5ZeJhmQ-hLpZFEpVnwlXUcqrWi2Ef2kBZ7BCn1avzWlCA"
)
CLAIMS: dict[str, Any] = {
    "v": 1,
    "iss": "https://licenses.example.com",
    "sub": "lic_W6DVA1YH1EPWVG4HFCN66BF0",
    "jti": ACTIVATION_ID,
    "aud": "news.example.com",
    "product": "jannah",
    "plan": "single",
    "env": "production",
    "status": "active",
    "iat": 1_800_000_000,
    "exp": 1_802_592_000,
    "grace": 1_209_600,
    "refresh": 1_800_086_400,
    "expires": 1_831_536_000,
    "features": ["demos"],
    "nonce": ACTIVATE_NONCE,
}

ACTIVATE_BODY: dict[str, Any] = {
    "license_key": LICENSE_KEY,
    "product": "jannah",
    "domain": "https://www.news.example.com/",
    "nonce": ACTIVATE_NONCE,
}
MOVE_BODY: dict[str, Any] = {
    **ACTIVATE_BODY,
    "domain": "shop.example.org",
    "nonce": MOVE_NONCE,
    "environment": "production",
    "replaces": ACTIVATION_ID,
    "client": "my-theme/1.0",
}
REFRESH_BODY: dict[str, Any] = {"domain": "news.example.com", "nonce": REFRESH_NONCE}
DEACTIVATE_BODY: dict[str, Any] = {"domain": "news.example.com", "nonce": DEACTIVATE_NONCE}

_ACTIVATION: dict[str, Any] = {
    "id": ACTIVATION_ID,
    "domain": "news.example.com",
    "environment": "production",
    "key_last5": "GDQ8Y",
    "plan_name": "Single",
    "used": 1,
    "limit": 1,
    "links": LINKS,
}
ACTIVATED: dict[str, Any] = {
    "signed_license": ACTIVATED_LICENSE,
    "activation": _ACTIVATION,
    "activation_token": ACTIVATION_TOKEN,
}
REFRESHED: dict[str, Any] = {"signed_license": REFRESHED_LICENSE, "activation": _ACTIVATION}
DEACTIVATED: dict[str, Any] = {"signed_license": RELEASED_LICENSE, "activation": {**_ACTIVATION, "used": 0}}

JWKS: dict[str, Any] = {
    "keys": [{"kty": "OKP", "crv": "Ed25519", "x": PUBLIC_KEY, "kid": KEY_ID, "use": "sig", "alg": "EdDSA"}]
}
HEALTHY: dict[str, Any] = {"status": "ok"}
READY: dict[str, Any] = {"status": "ready", "checks": {"database": True, "schema": True, "signing_key": True}}
NOT_READY: dict[str, Any] = {
    "status": "not_ready",
    "checks": {"database": True, "schema": False, "signing_key": False},
}

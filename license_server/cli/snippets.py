"""The lines that a theme developer pastes, per framework."""

import json
from collections.abc import Sequence


def snippet(framework: str, *, product: str, server: str, keys: Sequence[str]) -> str:
    """Return the lines for ``framework``: flask, django or wordpress."""
    return _SNIPPETS[framework](product, server, keys)


def _flask(product: str, server: str, keys: Sequence[str]) -> str:
    return f"""from theme_license.flask import ThemeLicense

theme_license = ThemeLicense(
    app,
    product={json.dumps(product)},
    server={json.dumps(server)},
    keys={json.dumps(list(keys))},
    domain="news.example.com",  # the site's own domain
    options_page="/admin/theme",
    guard=require_admin,  # who may change theme options
)"""


def _django(product: str, server: str, keys: Sequence[str]) -> str:
    return f"""# settings.py
INSTALLED_APPS += ["theme_license.django"]
THEME_LICENSE = {{
    "PRODUCT": {json.dumps(product)},
    "SERVER": {json.dumps(server)},
    "KEYS": {json.dumps(list(keys))},
    "DOMAIN": "news.example.com",  # the site's own domain
}}

# urls.py, before admin/
path("admin/theme/", include("theme_license.django.urls")),"""


def _wordpress(product: str, server: str, keys: Sequence[str]) -> str:
    listed = ", ".join(f"'{key}'" for key in keys)
    return f"""require __DIR__ . '/inc/theme-license/theme-license.php';
Theme_License::boot(['product' => '{product}', 'server' => '{server}', 'keys' => [{listed}]]);
// Appearance → Theme License"""


_SNIPPETS = {"flask": _flask, "django": _django, "wordpress": _wordpress}

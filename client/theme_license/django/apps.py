"""What stands in ``settings.THEME_LICENSE``? Read and checked when Django starts."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ..checker import Checker
from ..configuration import Configuration
from ..errors import ConfigurationError

REQUIRED = ("PRODUCT", "SERVER", "KEYS", "DOMAIN")
OPTIONAL = ("STATE", "NAME", "LANGUAGE", "GUARD")


class ThemeLicenseConfig(AppConfig):  # type: ignore[misc]  # Django ships no types
    """The application that a theme adds to ``INSTALLED_APPS``."""

    name = "theme_license.django"
    label = "theme_license"

    def ready(self) -> None:
        """Check the settings. Raises ``ImproperlyConfigured`` with what to write instead."""
        current_checker()


def option(name: str, default: Any = None) -> Any:
    """Return an optional setting."""
    return getattr(settings, "THEME_LICENSE", {}).get(name, default)


@lru_cache(maxsize=1)
def current_checker() -> Checker:
    """Return the one checker of this process."""
    values = getattr(settings, "THEME_LICENSE", None)
    if not isinstance(values, dict):
        raise ImproperlyConfigured(f"THEME_LICENSE must be a dictionary with {', '.join(REQUIRED)}")
    missing = [name for name in REQUIRED if name not in values]
    unknown = sorted(set(values) - {*REQUIRED, *OPTIONAL})
    if missing or unknown:
        told = f"lacks {', '.join(missing)}" if missing else f"has an unknown {', '.join(unknown)}"
        raise ImproperlyConfigured(f"THEME_LICENSE {told}")
    try:
        configuration = Configuration.from_texts(
            product=values["PRODUCT"],
            server=values["SERVER"],
            keys=values["KEYS"],
            domain=values["DOMAIN"],
            state=_state_path(values),
        )
    except ConfigurationError as error:
        raise ImproperlyConfigured(f"THEME_LICENSE: {error}") from error
    return Checker(configuration, refresh_in_background=True)


def _state_path(values: dict[str, Any]) -> Path:
    if values.get("STATE"):
        return Path(values["STATE"])
    folder = getattr(settings, "BASE_DIR", None)
    if folder is None:
        raise ImproperlyConfigured("THEME_LICENSE needs STATE, the path of a file that the site may write")
    return Path(folder) / f"theme-license-{values['PRODUCT']}.json"

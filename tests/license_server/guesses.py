"""What somebody tries from the address of a site: each returns the code of the refusal."""

from dataclasses import replace

from tests.license_server.site import BAD_TOKEN, Site, code
from theme_license.license_key import new_license_key


def unknown_key(site: Site) -> str:
    """Try a key that no license has, another one each time."""
    return code(replace(site, key=new_license_key().text("JNH")).activate())


def mistyped_key(site: Site) -> str:
    """Try a text that is no key."""
    return code(replace(site, key="JNH-00000-00000-00000-00000-00000-00000").activate())


def bad_token(site: Site) -> str:
    """Try a token that no server signed."""
    return code(site.refresh(BAD_TOKEN))

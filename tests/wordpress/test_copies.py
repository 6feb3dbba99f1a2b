"""May several themes, and several sites of a network, have a license beside one another in one WordPress?"""

import json
import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

from demo.gallery.scripted import Vendor
from tests.license_server.live import LiveServer
from tests.wordpress.conftest import NEWS, SHOP
from tests.wordpress.dashboard import NOTICE, open_options, paste
from tests.wordpress.site import CLIENT, Site
from tests.wordpress.stored import kept_state, signed_now
from tests.wordpress.visitor import OPTIONS_PAGE, Visitor

NEWER = "9.9.9"


def put_child_theme(site: Site, vendor: Vendor) -> Path:
    """Put a child theme with another product and a newer copy of the client over the sample theme, and activate it."""
    child = site.content / "themes" / "jannah-child"
    shutil.copytree(CLIENT, child / "inc" / "theme-license", copy_function=shutil.copyfile)
    entry = child / "inc" / "theme-license" / "theme-license.php"
    text = entry.read_text("utf-8")
    assert text.count("Copies::register( '0.1.0'") == 1
    entry.write_text(text.replace("Copies::register( '0.1.0'", f"Copies::register( '{NEWER}'"), "utf-8")
    (child / "style.css").write_text("/*\nTheme Name: Jannah Child\nTemplate: jannah\n*/\n")
    config = json.dumps({"product": "sahifa", "server": "http://127.0.0.1:9", "keys": [vendor.key.text]})
    (child / "functions.php").write_text(
        "<?php\nrequire __DIR__ . '/inc/theme-license/theme-license.php';\n"
        f"Theme_License::boot( json_decode( '{config}', true ) );\n"
    )
    site.run("switch_theme( 'jannah-child' );")
    return child


def test_two_themes_with_copies_of_different_age_each_have_their_license(site: Site) -> None:
    vendor = Vendor()
    site.define(JANNAH_LICENSE_KEYS=[vendor.key.text])
    child = put_child_theme(site, vendor)
    site.keep(kept_state(signed_now(vendor)))
    assert site.ask("Theme_License::check('jannah')->ok") is True
    assert site.ask("Theme_License::check('sahifa')->ok") is False
    site.keep(kept_state(signed_now(vendor, product="sahifa")), product="sahifa")
    assert site.ask("Theme_License::check('sahifa')->ok") is True
    assert site.ask("Theme_License::check('jannah')->ok") is True
    # The newest copy answers for both.
    used = site.ask("( new ReflectionClass( Theme_License\\V1\\Checker::class ) )->getFileName()")
    assert used.startswith(f"{child}/")
    admin = Visitor(site).log_in("admin")
    for path in ("/", "/wp-admin/", OPTIONS_PAGE):
        assert admin.get(path).status_code == 200
    assert Visitor(site).get("/").status_code == 200


def test_the_page_shows_the_license_of_every_theme(site: Site) -> None:
    vendor = Vendor()
    site.define(JANNAH_LICENSE_KEYS=[vendor.key.text])
    put_child_theme(site, vendor)
    site.keep(kept_state(signed_now(vendor)))
    admin = Visitor(site).log_in("admin")
    links = [path for path in admin.links("/wp-admin/") if "page=theme-license" in path]
    pages = "".join(admin.get(path).text for path in links)
    assert "Sahifa Theme License is not validated." in " ".join(
        pages.replace("<bdi>", "").replace("</bdi>", "").split()
    )
    assert "Jannah" in pages


def test_each_site_of_a_network_has_its_own_license(page: Page, site: Site, server: LiveServer) -> None:
    shop = site.become_network(SHOP)
    key = server.issue().license_key
    open_options(page, site)
    paste(page, key, "activate")
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    assert (site.verdict(), shop.verdict()) == ("valid", "not_activated")
    open_options(page, shop)
    expect(page.locator(NOTICE)).to_be_visible()
    paste(page, key, "activate")
    expect(page.get_by_role("radio", name=NEWS)).to_be_checked()
    paste(page, key, "move")
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    assert shop.verdict() == "valid"
    site.refresh()
    assert site.verdict() == "not_activated"

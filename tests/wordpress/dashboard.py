"""What does an administrator do in the browser, on WordPress's theme options page?"""

from playwright.sync_api import Page

from tests.wordpress.site import Site
from tests.wordpress.visitor import OPTIONS_PAGE, PASSWORD

NOTICE = ".theme-license-notice"


def open_options(page: Page, site: Site) -> None:
    """Open the theme options page, by way of the login where it comes first."""
    page.goto(site.url + OPTIONS_PAGE)
    log_in(page)


def log_in(page: Page) -> None:
    """Log in where the login has come before the theme options page."""
    if "wp-login.php" in page.url:
        page.locator("#user_login").fill("admin")
        page.locator("#user_pass").fill(PASSWORD)
        page.locator("#wp-submit").click()
        page.wait_for_url(f"**{OPTIONS_PAGE}")


def press(page: Page, name: str) -> None:
    """Press a button of the card."""
    page.locator(f"button[name=do][value={name}]").click()


def paste(page: Page, key: str, button: str) -> None:
    """Put a license key into its field, and press a button."""
    page.locator("#theme-license-key").fill(key)
    press(page, button)

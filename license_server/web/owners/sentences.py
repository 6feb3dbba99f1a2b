"""Which sentence tells the owner what was done, why something was refused, and what to do next?"""

from typing import NamedTuple

from markupsafe import Markup

from theme_license.languages import marked
from theme_license.words import Words

SESSION_OVER = marked("Your session has ended. Paste the license key to go on.")

SAID = {
    "timed_out": marked("You were signed out after 15 minutes without use. Paste the license key to go on."),
    "key_replaced": marked("The license key was replaced, so you were signed out. Sign in with the new key."),
    "signed_out": marked("You are signed out."),
    "signed_out_everywhere": marked("You are signed out on all devices."),
    "ended": SESSION_OVER,
    "released": marked("{domain} is released. You can undo this until {moment}."),
    "undone": marked("{domain} is in use again."),
    "reported": marked("Your report about {domain} is recorded. Ask the vendor for a new key now."),
}
"""What the first page says after something was done; the session holds the word."""

SAID_SIGNED_OUT = frozenset({"timed_out", "key_replaced", "signed_out", "signed_out_everywhere", "ended"})
"""The words after which nobody is signed in."""

REFUSALS = {
    "key_malformed": marked(
        "This is not a license key: a character is missing or mistyped. Copy the whole key again from your purchase."
    ),
    "license_not_found": marked(
        "No license has this key. Check that it is a key from this vendor, and paste it again."
    ),
    "product_mismatch": marked("This key is for another theme. Paste the key that you bought for {product}."),
    "no_activations_left": marked("The license is in use on as many domains as it covers."),
    "moves_exhausted": marked(
        "The license has moved to new domains as often as its plan allows in a year. The next move is possible on "
        "{date}; until then the vendor can release a domain."
    ),
    "license_expired": marked(
        "The term of this license has ended, so it takes no new domain. Renew it, then activate again."
    ),
    "license_suspended": marked("The vendor has suspended this license. Contact the vendor, or use another key."),
    "license_revoked": marked("The vendor has revoked this license. Contact the vendor, or use another key."),
    "domain_not_allowed": marked(
        "No license is given for {domain}. Use the domain name under which visitors reach the site, or ask the vendor "
        "for an exception."
    ),
    "request_invalid": marked("This domain is no longer in the list. Choose another one."),
    "request_unreadable": marked(
        "This is not an activation request, or a part of it is missing. Copy the whole text from the options page of "
        "the theme."
    ),
    "request_old": marked(
        "This activation request is more than 24 hours old, or the clock of the site is wrong. Open the options page "
        "of the theme and make a new one."
    ),
    "return_elsewhere": marked(
        "This activation request would send its answer to another site, so it was refused. Make a new one on the "
        "options page of the theme."
    ),
    "product_unknown": marked("This activation request is for a theme that this vendor does not have."),
    "undo_over": marked(
        "The release cannot be undone any more: the 24 hours are over, or the place was given to another domain."
    ),
}
"""Why something was refused, by the error's code."""

HELD = marked("An offline license holds this place until {date}; it cannot be moved.")
KEPT = marked("Its place is kept for it until {date}. Before that, another domain takes it by a move.")
DEVELOPMENT = marked("No license is needed on a development name.")
UNKNOWN_REFUSAL = marked("The license server refused with the code {code}. Contact the vendor and mention it.")


class ErrorPage(NamedTuple):
    """The heading of an error's page, and what it says."""

    title: str
    text: str


ERROR_PAGES = {
    "not_found": ErrorPage(
        marked("This page does not exist"), marked("The address is mistyped, or what it showed is no longer there.")
    ),
    "method_not_allowed": ErrorPage(
        marked("This page cannot be opened this way"), marked("Go to the license portal and start again from there.")
    ),
    "form_refused": ErrorPage(
        marked("The form was not accepted"),
        marked(
            "It was open for too long, it came from another site, or your browser keeps no cookies. Nothing was "
            "changed. Open the page again."
        ),
    ),
    "request_invalid": ErrorPage(
        marked("The form could not be read"), marked("Nothing was changed. Open the page again and repeat it.")
    ),
    "request_too_large": ErrorPage(
        marked("The text is too long"), marked("Nothing was changed. Paste only what the page asks for.")
    ),
    "rate_limited": ErrorPage(marked("There were too many attempts"), ""),
    "server_unavailable": ErrorPage(
        marked("The license server is busy"), marked("Nothing was changed. Try again in a minute.")
    ),
    "internal_error": ErrorPage(
        marked("The license server has a fault"),
        marked("The fault was recorded. Nothing is known to have changed. Try again later."),
    ),
}
"""The pages of errors that leave nothing to be done where they happened, by code."""


def too_many(words: Words, seconds: int) -> Markup:
    """Return for how long to wait after too many attempts."""
    return words.tell_count(
        "There were too many attempts. Wait for {count} minute, then try again.",
        "There were too many attempts. Wait for {count} minutes, then try again.",
        max(1, -(-seconds // 60)),
    )

"""Which sentence tells an owner what went wrong, and what to do next? One for each code and each cause."""

from ..languages import marked

REFUSALS = {
    "key_malformed": marked(
        "This is not a license key: a character is missing or mistyped. Copy the whole key again from your purchase."
    ),
    "license_not_found": marked(
        "No license has this key. Check that it is the key of this theme, from this vendor, and paste it again."
    ),
    "product_mismatch": marked("This key is for another theme. Paste the key that you bought for {theme}."),
    "no_activations_left": marked("The license is in use on as many domains as it covers."),
    "moves_exhausted": marked(
        "The license has moved to new domains as often as its plan allows in a year. Contact the vendor to have a "
        "domain released."
    ),
    "license_expired": marked(
        "The term of this license has ended, so it takes no new domain. Renew it, then validate the license again."
    ),
    "license_suspended": marked("The vendor has suspended this license. Contact the vendor, or use another key."),
    "license_revoked": marked("The vendor has revoked this license. Contact the vendor, or use another key."),
    "domain_not_allowed": marked(
        "No license is given for {domain}. Use the domain name under which visitors reach the site, or ask the vendor "
        "for an exception."
    ),
    "domain_invalid": marked(
        "The license server cannot read the domain {domain}. Ask whoever set up the site to correct it in the theme's "
        "configuration."
    ),
    "token_invalid": marked(
        "The license server does not know this activation. Paste the license key again: on the same domain it costs "
        "nothing."
    ),
    "request_invalid": marked("The license server did not understand this theme. Update the theme, then try again."),
    "request_too_large": marked("The license server did not understand this theme. Update the theme, then try again."),
    "rate_limited": marked("There were too many attempts. Wait for {minutes} min, then try again."),
    "server_unavailable": marked("The license server is busy. Nothing is lost: try again in a minute."),
}
UNKNOWN_REFUSAL = marked("The license server refused with the code {code}. Contact the vendor and mention it.")

CAUSES = {
    "dns": marked("The name of the license server could not be found. Your host's DNS may be down."),
    "refused": marked("The connection to the license server was refused. A firewall of your host may block it."),
    "tls": marked(
        "The connection to the license server is not secure, so it was not used. Check this server's clock and "
        "certificates."
    ),
    "timeout": marked("The license server did not answer in time. A firewall of your host may block it."),
    "redirect": marked("Something between this site and the license server sent the request elsewhere."),
    "not_the_server": marked("The answer did not come from the license server; a proxy may have given its own."),
    "server_error": marked("The license server has a fault. Nothing is lost: try again later."),
    "no_reply": marked("The connection to the license server broke off. Try again."),
}

DONE = {
    "activated": marked("The license is validated."),
    "checked": marked("The license was checked just now."),
    "deactivated": marked("The license is no longer used on this site. You can use it on another domain."),
}

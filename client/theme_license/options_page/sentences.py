"""Which sentence tells an owner what went wrong, and what to do next? One for each code and each cause."""

from ..languages import marked
from ..signed_license import VerdictCode

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
    "public_name_refused": marked(
        "No license can be given for this name. Type the name under which visitors will reach the site, such as "
        "news.example.com."
    ),
    "no_test_copies": marked(
        "The license has no place left for a test copy. Under a development name such as shop.test none is needed."
    ),
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
    "clock": marked(
        "By this server's clock, the certificate of the license server is not valid now. Ask your host to check the "
        "clock; if it is right, tell the vendor."
    ),
    "timeout": marked("The license server did not answer in time. A firewall of your host may block it."),
    "redirect": marked("Something between this site and the license server sent the request elsewhere."),
    "not_the_server": marked("The answer did not come from the license server; a proxy may have given its own."),
    "server_error": marked("The license server has a fault. Nothing is lost: try again later."),
    "no_reply": marked("The connection to the license server broke off. Try again."),
}

_ALTERED = marked(
    "The signature does not match: the license stored on this site was altered or damaged. Paste the key again: on the "
    "same domain it costs nothing."
)

ANSWERS = {
    "answer_is_a_key": marked(
        "This is the license key. Enter it on the vendor's license page, then paste here the answer that you get there."
    ),
    "answer_malformed": marked(
        "This is not a whole answer. Copy all of it from the vendor's license page, then paste it again."
    ),
    "answer_bad_signature": marked(
        "The signature does not match: the answer was altered on its way. Copy it again from the vendor's license page."
    ),
    "answer_unknown_key": marked("The answer was signed by a key that this theme does not know. Update the theme."),
    "answer_retired_key": marked(
        "The answer was signed by a key that the vendor no longer uses. Copy a new request and use it."
    ),
    "answer_wrong_product": marked("The answer is for another theme. Copy the request of {theme} and use it."),
    "answer_wrong_domain": marked("The answer is for another domain. Copy the request of {domain} and use it."),
    "answer_not_active": marked("The license in this answer is not active. Contact the vendor, or use another key."),
    "answer_over": marked("The license in this answer has ended. Renew it, then copy a new request and use it."),
    "answer_used": marked("This answer was used already; nothing has changed."),
    "answer_old": marked(
        "This answer belongs to another request, or its request is older than a day. Copy the new request and use it."
    ),
    "answer_must_be_pasted": marked("This license does not come from a request of this page. Paste it by hand."),
}
"""Why a text from the portal was not taken."""

DAMAGED = {
    VerdictCode.MALFORMED: _ALTERED,
    VerdictCode.BAD_SIGNATURE: _ALTERED,
    VerdictCode.UNKNOWN_KEY: marked(
        "The stored license was signed by a key that this theme does not know. Update the theme."
    ),
    VerdictCode.WRONG_PRODUCT: marked(
        "The stored license is for another theme. Paste the key that you bought for {theme}."
    ),
}
"""Why what is stored cannot be used."""

DONE = {
    "activated": marked("The license is validated."),
    "prepared": marked("The license is stored for the public name of the site."),
    "anew": marked(
        "The license of the other domain is no longer on this site. Paste the key of a license for this one."
    ),
    "checked": marked("The license was checked just now."),
    "deactivated": marked("The license is no longer used on this site. You can use it on another domain."),
}
"""What was done by the last click."""

"""What does each problem mean, and what should whoever meets it do next? The text of the pages at ``/problems``."""

from dataclasses import dataclass

from license_server.web.contract import problem_members
from license_server.web.contract.problem_members import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A problem told to people: when it happens, and what three of them do about it. Backticks mark code."""

    when: str
    developer: str
    owner: str = "Nothing."
    vendor: str = "Nothing."
    members: tuple[Member, ...] = ()


EXPLANATIONS: dict[str, Explanation] = {
    "request_invalid": Explanation(
        when="The body is not one flat JSON object in UTF-8, or one of its members is missing, of another type or out "
        "of its range. `detail` names the members. The member `replaces` counts too, where it names no activation of "
        "this license.",
        owner="Nothing that you typed is wrong. Update the theme; if that does not help, tell its developer.",
        developer="Compare what you send with the call's description. A repetition of the same request fails the same "
        "way.",
    ),
    "key_malformed": Explanation(
        when="The text is no license key: characters are missing, superfluous or mistyped. Every key carries four "
        "check symbols, so this is known without looking anything up. The call counts as a failure of its address.",
        owner="Copy the whole key from where you received it and paste it once more. Spaces, dashes, upper and lower "
        "case do not matter.",
        developer="Check the key before you call (section 1 of the protocol; `tests/vectors/license_keys.json`), so "
        "that a typing error costs no call.",
        vendor="If an owner insists, send the key once more. `license-server license show` reads one from standard "
        "input and says whether it is yours.",
    ),
    "domain_invalid": Explanation(
        when="The member `domain` names no domain and no IP address; `reason` says which rule refused it.",
        owner="Ask whoever runs the site which address it is configured with: it must be a public name such as "
        "news.example.com.",
        developer="Send the name that the site is configured with, never a visitor's Host header. A whole URL is fine. "
        "`theme-license domain TEXT` says what a text names.",
        members=(problem_members.DOMAIN_REASON,),
    ),
    "token_invalid": Explanation(
        when="The activation token is missing, altered, of another server, or was given to another domain. A site that "
        "was copied to a new domain meets this too: the copy cannot switch off the original. The call counts as a "
        "failure of its address.",
        owner="Paste the license key on the theme options page again; the same domain is free.",
        developer="Keep the last signed license and ask for the key again. Send the token as "
        "`Authorization: Bearer thma_…`, with the domain for which you received it.",
        vendor="If every site meets this at once, the folder `secrets/` of the server's home was lost: restore it from "
        "your backup.",
    ),
    "license_expired": Explanation(
        when="The paid term of the license is over and the domain is new to it. Domains that it had before keep "
        "working and may be activated again.",
        owner="Renew the license, then validate it again.",
        developer="Show `links.renew` where it is set. Leave the site working.",
        vendor="`license-server license renew ID` prolongs the license when the owner has paid.",
        members=(problem_members.EXPIRED_AT, problem_members.LINKS),
    ),
    "license_suspended": Explanation(
        when="The vendor has suspended the license, for instance until a payment arrives. Sites that are already "
        "activated learn it, signed, at their next refresh.",
        owner="Read the reason, and ask the vendor how to have the license reinstated.",
        developer="Show `reason` as text. Leave the site working.",
        vendor="`license-server license reinstate ID` lifts it.",
        members=(problem_members.VENDORS_REASON, problem_members.SINCE),
    ),
    "license_revoked": Explanation(
        when="The vendor has revoked the license for good, for instance after a refund. Sites that are already "
        "activated learn it, signed, at their next refresh.",
        owner="Use another license key, or ask the vendor.",
        developer="Show `reason` as text. Leave the site working.",
        vendor="A revocation cannot be undone. Issue a new license with `license-server license create PRODUCT/PLAN`.",
        members=(problem_members.VENDORS_REASON, problem_members.SINCE),
    ),
    "domain_not_allowed": Explanation(
        when="No license can be activated on this domain: it is a development name, an IP address, a name for special "
        "use, or one under which others register theirs, such as co.uk. `reason` says which.",
        owner="Activate the site's own public name. A test copy under localhost or a name ending in .test needs no "
        "license.",
        developer="Do not call for development names; the client says `development` for them without any call.",
        vendor="Where the domain is right all the same, issue the license with "
        "`license-server license create PRODUCT/PLAN --allow-domain DOMAIN`. A development name is never activated.",
        members=(problem_members.DENIAL_REASON,),
    ),
    "license_not_found": Explanation(
        when="The key is well formed, but this server has not issued it, or has lost the license in a restore. With "
        "`activate` the call counts as a failure of its address.",
        owner="Compare the key with the one you received for this theme. If it is the same, ask the vendor.",
        developer="Make sure that the theme calls the server of the vendor who sold the key.",
        vendor="`license-server license show` reads the key from standard input. If a restore lost the license, issue "
        "a new one with `license-server license create PRODUCT/PLAN`.",
    ),
    "no_activations_left": Explanation(
        when="The license is in use on as many domains as its plan allows, and this is another one. Nothing was "
        "changed, and the call does not count as a failure.",
        owner="Choose one of the listed sites that you no longer need and move its place here, or buy another license.",
        developer="List `activations` and let the owner choose; then send the same request with that `id` as "
        "`replaces`. Do not choose for them: a site that has not been seen for long may only be behind a firewall.",
        vendor="`license-server activation release ID` frees a place at no cost for the owner.",
        members=(problem_members.ACTIVATIONS, problem_members.LIMIT, problem_members.USED, problem_members.LINKS),
    ),
    "product_mismatch": Explanation(
        when="The license exists, but is for another product than the one that was sent.",
        owner="Use the key that you received with this theme.",
        developer="Check the member `product`: it is the name that the vendor gave the theme on the server.",
        vendor="`license-server product list` shows the names. A license cannot change its product.",
    ),
    "moves_exhausted": Explanation(
        when="The license has been moved to new domains as often as its plan allows in 365 days (four times unless the "
        "vendor set another number). Coming back to an earlier domain is not a move.",
        owner="Wait until the time given, go back to an earlier domain, or ask the vendor to release a place.",
        developer="Show `next_move_at` in the owner's language, and `links.support` where it is set.",
        vendor="`license-server activation release ID` frees a place without counting as a move.",
        members=(problem_members.NEXT_MOVE_AT, problem_members.LINKS),
    ),
    "request_too_large": Explanation(
        when="The body is longer than 16,384 bytes. It was not read to its end, so the connection is closed.",
        owner="Nothing that you typed is wrong. Tell the theme's developer.",
        developer="Send only the members that the call names; a whole request stays below 2 KiB.",
    ),
    "rate_limited": Explanation(
        when="This address has sent 20 unknown keys, malformed keys or bad tokens in 10 minutes, and this was another; "
        "or 60 calls with this license key from this address were refused within an hour. New domains, a domain that "
        "is activated again and refreshes with a good token do not count; domains may return or change their "
        "environment 60 times an hour, and once more for every domain of the license.",
        owner="Wait for the time given, then try once, with the whole key pasted.",
        developer="Wait for Retry-After seconds. Do not repeat an activation by itself: an owner asks for it.",
        vendor="If many owners who mistyped their key meet this together, their addresses look like one: behind a "
        "reverse proxy set `LICENSE_SERVER_TRUSTED_PROXIES`. The numbers are `LICENSE_SERVER_FAILURES_PER_ADDRESS` and "
        "`LICENSE_SERVER_CALLS_PER_KEY`.",
        members=(problem_members.RETRY_AFTER,),
    ),
    "server_unavailable": Explanation(
        when="The server's database is away, locked or cannot be written, or its signing key is missing. Nothing was "
        "changed.",
        owner="Nothing: an active license stays active. If you were activating, try again in some minutes.",
        developer="Keep the last signed license; try again after Retry-After seconds.",
        vendor="Look at `/readyz` and at the server's log, which names the cause.",
        members=(problem_members.RETRY_AFTER,),
    ),
    "not_found": Explanation(
        when="There is nothing at this address of the server.",
        developer="Compare the address with the description of the API. Addresses have no slash at their end.",
        vendor="If a reverse proxy stands in front, see that it passes addresses on unchanged.",
    ),
    "method_not_allowed": Explanation(
        when="The address exists, but takes another method; the header Allow lists those it takes.",
        developer="Activate, refresh and deactivate take POST. A client that follows a redirect turns POST into GET: "
        "follow none.",
        vendor="If a reverse proxy redirects from http to https, give themes the https address.",
    ),
    "internal_error": Explanation(
        when="The server has a fault of its own. It was logged under the id in the header X-Request-Id and "
        "in `instance`.",
        owner="Nothing: an active license stays active. If you were activating, try again later.",
        developer="Treat it as no answer: keep the last signed license and try again later. Repeating an activation "
        "takes no further place.",
        vendor="Look the request id up in the server's log and report what it says there; no key and no token is in "
        "it.",
    ),
}
"""By code; a test proves that it names every problem of ``web.problems`` and no other."""

"""What the description of the API says in sentences: paragraphs with backticks, which every reader renders alike."""

INTRODUCTION = """\
What a theme on a customer's site calls to activate a license key on one domain, to renew its signed license and \
to give the domain's place back. Three calls, no account, no e-mail address.

Calls are POST with one JSON object in UTF-8 of at most 16,384 bytes, read strictly: no member twice, no NaN, no \
half surrogate pair, no NUL. Unknown members are ignored, and so should a client ignore members that it does not \
know.

Every refusal is a problem (RFC 9457, `application/problem+json`) whose member `code` is permanent: compare it \
and nothing else. No problem repeats what was sent. Its `type` is the address of a page that says what to do.

Limits. By address (IPv6 by /64) only guesses count: 20 unknown keys, malformed keys and bad tokens in 10 minutes; \
more of them are refused, and nothing else from that address. Of a known key 60 refused calls an hour from one address \
count. A domain new to the license, and one that is in use and asked for again, never do; for other activations (a \
released domain returns, the environment changes) there are 60 an hour and one for every domain of the license. A call \
with a good token is never limited. What exceeds a limit is answered with 429 and Retry-After. A vendor may have set \
other numbers.

Repeating any call is safe. If an answer was lost, send the same request again, with a fresh nonce.

A site never depends on this server being reachable: the signed license is verified offline, and "could not ask" \
is never "not valid". Follow no redirect, and give up after ten seconds.

Versions. The path's `v1` stays: members and codes are added, none is removed or given another meaning."""

TAGS = {
    "Activation": "What a site calls. Leave the site working whatever the answer is.",
    "Server": "What machines ask about the server itself.",
    "Pages": "For people.",
}

ACTIVATION_TOKEN = "The `activation_token` of the answer to `activate`; it is good for its own domain only."  # noqa: S105

ACTIVATE = """\
Idempotent: the same key and domain again is answered with 200 and takes no further place, also after the site \
lost its files. Any spelling of the domain will do, a whole URL too: the answer's `activation.domain` is the \
canonical one. Each subdomain is a domain of its own, and `www` is none.

Where every place is in use the answer is `no_activations_left` with the list of them; the same request with one \
of their ids as `replaces` moves that place in one step. A move to a domain new to the license counts: four in \
365 days, unless the vendor set another number.

Keep the signed license and the token, and forget the license key: it is not needed again."""

REFRESH = """\
Changes nothing and can be repeated at will; a good token is never limited. Ask when the signed license's \
`refresh` says so, once a day. An activation that was released, or whose license was suspended or revoked, is \
told so with 200 and a signed license of that status: believe nothing that is not signed."""

DEACTIVATE = """\
Idempotent: an activation that is released already is answered alike. The answer is a signed license whose \
status is `released`. Deactivating deletes nothing; the same key activates the domain again, free."""

JWKS = """\
Every key that may have signed a license (RFC 7517, RFC 8037), for tools. A theme does not fetch its keys: it \
pins them, as the 43 characters of `x`."""

HEALTHZ = "Touches neither database nor disk."
READYZ = "For a load balancer: 503 while something is missing that every answer needs."
OPENAPI = "OpenAPI 3.1. Client generators read it as it is; the pages at `/docs` and `/problems` are made from it."
PROBLEM_PAGE = "The address of a problem's `type`."

SIGNED_LICENSE = """\
JWS in compact serialisation (RFC 7515) with Ed25519 (RFC 8037): three parts of base64url without padding, \
divided by dots. The first decodes to exactly these bytes, with the signing key's id in it:

The second decodes to one JSON object with the members below; ignore others. The third is the signature of \
everything before the last dot.

Verify in this order, and parse no JSON before the signature holds: at most 16,384 characters in three parts; \
strict base64url; the header's bytes; a pinned key of that id; the signature; the members; `product` and `aud` \
are yours; `status`; then the times. From an answer, store a signed license only if it carries the nonce that \
you just sent. Section 2 of `docs/protocol.md` in Theme License's repository is normative, and `tests/vectors/` \
there holds each rule as JSON."""

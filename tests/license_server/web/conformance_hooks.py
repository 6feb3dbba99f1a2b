"""Loaded by schemathesis: about half of the well-formed requests get real keys, tokens and domains.

So its generated requests reach what lies behind the doors: 200, 201 and every refusal of a license that exists.
"""

import json
import os
import random
from typing import Any

import schemathesis

LICENSES = json.loads(os.environ["CONFORMANCE_LICENSES"])
DOMAINS = [
    *("news.example.com", "https://www.News.example.com:8443/x", "shop.example.org", "مثال.example.com"),
    *("localhost", "co.uk", "8.8.8.8", "10.0.0.1", "[2001:db8::1]", "a.test", "old.example.org"),
]
_random = random.Random(20270115)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Make ``case`` a request of one of the licenses, if it is one that the description calls well-formed."""
    body = case.body
    if not isinstance(body, dict) or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if _random.random() < 0.3:
        return
    license = _random.choice(LICENSES)
    # A new body each time: the one that was generated is the generator's own.
    if "license_key" in body:
        replaces = {"replaces": license["activation"]} if _random.random() < 0.3 else {}
        kept = {name: value for name, value in body.items() if name != "replaces"}
        product = _random.choice(["jannah", "jannah", "jannah", "sahifa"])
        given = {"license_key": license["license_key"], "product": product, "domain": _random.choice(DOMAINS)}
        case.body = {**kept, **replaces, **given}
    else:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {license['token']}"}
        case.body = {**body, "domain": license["domain"]}

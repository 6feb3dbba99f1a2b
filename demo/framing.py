"""What does the demo change about a site from outside? It lets the stage frame the options page, with the key typed in.

The client forbids framing and never writes a key into a page; a visitor of the demo wants to see both sites at once.
"""

from flask import Flask, Response, request

from demo.site import OPTIONS_PAGE


def put_on_stage(app: Flask, *, stage_origin: str, license_key: str) -> None:
    """Let the page at ``stage_origin``, and nobody else, frame the options page of ``app``."""

    @app.after_request
    def allow_the_stage(response: Response) -> Response:
        if request.path != OPTIONS_PAGE or response.mimetype != "text/html":
            return response
        policy = response.headers.get("Content-Security-Policy", "")
        framed = policy.replace("frame-ancestors 'none'", f"frame-ancestors {stage_origin}")
        response.headers["Content-Security-Policy"] = framed
        response.headers.pop("X-Frame-Options", None)
        field = b'name="license_key"'
        response.data = response.data.replace(field, field + f' value="{license_key}"'.encode())
        return response

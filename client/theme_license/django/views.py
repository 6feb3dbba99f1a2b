"""The options page as Django views: members of the staff only, unless the site names another guard."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from ..options_page import OptionsPage, PageRequest
from ..options_page.page import ASSETS, asset
from . import checker
from .apps import option

View = Callable[..., HttpResponse]


def staff_only(view: View) -> View:
    """Send everybody who is not an active member of the staff to the site's sign-in page."""
    from django.contrib.auth.decorators import user_passes_test

    decorated: View = user_passes_test(lambda user: user.is_active and user.is_staff)(view)
    return decorated


def options_page(request: HttpRequest) -> HttpResponse:
    """Show the page to whom the guard admits: ``GUARD``, a view decorator or its dotted name, or the staff."""
    guard = option("GUARD") or staff_only
    decorate: Callable[[View], View] = import_string(guard) if isinstance(guard, str) else guard
    return decorate(_page)(request)


@require_http_methods(["GET", "HEAD", "POST"])  # type: ignore[untyped-decorator]
@csrf_protect  # type: ignore[untyped-decorator]
def _page(request: HttpRequest) -> HttpResponse:
    name = option("NAME") or option("PRODUCT", "").replace("-", " ").title()
    language = option("LANGUAGE") or request.headers.get("Accept-Language", "")
    url = reverse("theme_license:options_page")
    answer = OptionsPage(theme=name).respond(
        checker(),
        PageRequest(
            method=request.method,
            url=url,
            absolute_url=_absolute(request, url),
            session=getattr(request, "session", None),
            language=language(request) if callable(language) else language,
            csrf_token=get_token(request),
            csrf_field="csrfmiddlewaretoken",
            query=request.GET.dict(),
            form=request.POST.dict(),
        ),
    )
    response: Any = (
        HttpResponse(answer.body, status=answer.status)
        if answer.location is None
        else HttpResponseRedirect(answer.location, status=answer.status)
    )
    for header, value in answer.headers.items():
        response[header] = value
    return response


def _absolute(request: HttpRequest, url: str) -> str:
    """Return the page's whole address, empty where the request's host is not one of the site's."""
    try:
        return str(request.build_absolute_uri(url))
    except DisallowedHost:
        return ""


@require_safe  # type: ignore[untyped-decorator]
def asset_view(request: HttpRequest, name: str) -> HttpResponse:
    """Send a file that the page needs."""
    response = HttpResponse(asset(name), content_type=ASSETS[name])
    response["Cache-Control"] = "public, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response

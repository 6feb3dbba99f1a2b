"""Where do the options page and its files stand? Below the path under which a site includes this module."""

from django.urls import path

from ..options_page.page import ASSETS
from . import views

app_name = "theme_license"
urlpatterns = [
    path("", views.options_page, name="options_page"),
    *(path(name, views.asset_view, {"name": name}, name=name) for name in ASSETS),
]

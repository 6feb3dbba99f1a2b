"""Which opened server answers this request? The application carries it, so that views are plain functions."""

from flask import Flask, current_app

from license_server.service.context import Context
from license_server.service.traffic.background_notes import BackgroundNotes

_CONTEXT = "license_server.context"
_NOTES = "license_server.notes"


def register(app: Flask, opened: Context, notes: BackgroundNotes) -> None:
    """Let ``app`` answer for one opened server."""
    app.extensions |= {_CONTEXT: opened, _NOTES: notes}


def context() -> Context:
    """Return the server that the request is for."""
    found: Context = current_app.extensions[_CONTEXT]
    return found


def notes() -> BackgroundNotes:
    """Return what keeps the notes of that server's calls."""
    found: BackgroundNotes = current_app.extensions[_NOTES]
    return found

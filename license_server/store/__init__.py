"""The database: one transaction at a time, queries by noun, plain values out; nothing here knows a rule."""

from license_server.store.engine.database import Store

__all__ = ["Store"]

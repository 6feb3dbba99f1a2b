"""Is the server ready to answer?"""

from license_server.errors import ServiceError
from license_server.service.context import Context
from license_server.store import schema, signing_keys


def checks(context: Context) -> dict[str, bool]:
    """Return what must hold before a site is answered: database, schema and signing key; never raises for them."""
    found = {"database": False, "schema": False, "signing_key": False}
    try:
        revision = schema.revision(context.store)
        found["database"] = True
        found["schema"] = revision == schema.HEAD
        if found["schema"]:
            key_id = context.store.query(signing_keys.current_key_id)
            found["signing_key"] = key_id is not None and context.signer.has(key_id)
    except ServiceError:
        pass
    return found

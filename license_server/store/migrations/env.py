"""Alembic's entry: runs the migrations in the transaction of the connection that ``store.schema`` hands over."""

from alembic import context

from license_server.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
context.run_migrations()

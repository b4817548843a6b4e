"""Alembic's environment: migrations run on the connection the office hands over."""

from alembic import context

from malapert.office.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, version_table="office_schema")
with context.begin_transaction():
    context.run_migrations()

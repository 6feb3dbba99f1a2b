"""From rows to the plain values that leave the store, and the columns that each is made of."""

import json
from typing import Any

from sqlalchemy import Row

from license_server.records import LINKS, Activation, License, LicenseStatus, Plan, Product, ReleasedBy
from license_server.store.tables import activations, licenses, plans, products

PRODUCT_COLUMNS = tuple(column.label(f"product_{column.name}") for column in products.c)
PLAN_COLUMNS = tuple(column.label(f"plan_{column.name}") for column in plans.c if column.name != "product_id")
LICENSE_COLUMNS = tuple(column.label(f"license_{column.name}") for column in licenses.c if column.name != "plan_id")
ACTIVATION_COLUMNS = tuple(activations.c[name].label(f"activation_{name}") for name in Activation.__dataclass_fields__)

_LICENSE_FIELDS = tuple(name for name in License.__dataclass_fields__ if name not in ("status", "plan", "product"))
_ACTIVATION_FIELDS = tuple(name for name in Activation.__dataclass_fields__ if name != "released_by")


def product_from(row: Row[Any]) -> Product:
    """Return the product of a row that has :data:`PRODUCT_COLUMNS`."""
    fields = row._mapping
    links = {link: fields[f"product_{link}_url"] for link in LINKS if fields[f"product_{link}_url"]}
    return Product(
        id=fields["product_id"],
        slug=fields["product_slug"],
        name=fields["product_name"],
        prefix=fields["product_prefix"],
        links=links,
        created_at=fields["product_created_at"],
    )


def plan_from(row: Row[Any]) -> Plan:
    """Return the plan of a row that has :data:`PLAN_COLUMNS` and its product's slug."""
    fields = row._mapping
    return Plan(
        id=fields["plan_id"],
        product=fields["product_slug"],
        slug=fields["plan_slug"],
        name=fields["plan_name"],
        domains=fields["plan_domains"],
        term=fields["plan_term"],
        lease_seconds=fields["plan_lease_seconds"],
        grace_seconds=fields["plan_grace_seconds"],
        refresh_seconds=fields["plan_refresh_seconds"],
        moves_per_year=fields["plan_moves_per_year"],
        features=tuple(json.loads(fields["plan_features"])),
        created_at=fields["plan_created_at"],
        staging_domains=fields["plan_staging_domains"],
    )


def license_from(row: Row[Any], sold: Row[Any] | None = None) -> License:
    """Return the license of a row that has :data:`LICENSE_COLUMNS`; its plan and product stand there or in ``sold``."""
    fields, beside = row._mapping, row if sold is None else sold
    own = {name: fields[f"license_{name}"] for name in _LICENSE_FIELDS}
    status = LicenseStatus(fields["license_status"])
    return License(**own, status=status, plan=plan_from(beside), product=product_from(beside))


def activation_from(row: Row[Any]) -> Activation:
    """Return the activation of a row that has :data:`ACTIVATION_COLUMNS`."""
    fields = row._mapping
    released_by = fields["activation_released_by"]
    return Activation(
        **{name: fields[f"activation_{name}"] for name in _ACTIVATION_FIELDS},
        released_by=None if released_by is None else ReleasedBy(released_by),
    )

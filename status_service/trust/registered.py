"""Another registered phone for an applicant, in a way that back offices cannot undo.

A back office knows an applicant by name and phone, and goes on sending the old phone until
somebody tells it, or for ever. So the identity under which an applicant first came stays
theirs: an update with the old phone finds them and changes nothing of them. The name with the
new phone becomes one more identity of theirs: an update with the new phone finds them as well.
"""

from __future__ import annotations

import sqlalchemy as sa

from status_service.cases.store import identity_hash, known_applicants
from status_service.cases.write import Person
from status_service.storage import tables
from status_service.trust.personal import Phone, Vault


def change_phone(connection: sa.Connection, vault: Vault, applicant: int, phone: Phone) -> None:
    """Register `phone` for the applicant, for all of their cases. Whoever the record already
    has by this name with this phone is the same person, and becomes one with them."""
    t = tables.applicants
    sealed = connection.execute(
        sa.select(t.c.sealed).where(t.c.id == applicant).with_for_update()).scalar_one()
    name = vault.unseal(sealed).partition("\0")[0]
    identity = identity_hash(vault, Person(name, phone.reveal()))
    known = known_applicants(connection, [identity]).get(identity)
    if known is not None and known != applicant:
        _join(connection, known, applicant)
        known = None
    added = tables.identities
    if known is None and not connection.execute(
            sa.select(added.c.applicant).where(added.c.identity_hash == identity)).first():
        connection.execute(added.insert().values(identity_hash=identity, applicant=applicant))
    connection.execute(t.update().where(t.c.id == applicant).values(
        phone_hash=vault.keyed_hash("phone", phone.reveal()),
        sealed=vault.seal(f"{name}\0{phone.reveal()}")))


def _join(connection: sa.Connection, other: int, applicant: int) -> None:
    """Everything that is the other's becomes the applicant's."""
    first, added = tables.applicants, tables.identities
    for table in tables.metadata.sorted_tables:
        for column in table.c:
            if column.references(first.c.id):
                connection.execute(
                    table.update().where(column == other).values({column: applicant}))
    identity = connection.execute(
        sa.select(first.c.identity_hash).where(first.c.id == other)).scalar_one()
    connection.execute(first.delete().where(first.c.id == other))
    connection.execute(added.insert().values(identity_hash=identity, applicant=applicant))

"""The registered phone of an applicant: what codes are sent to, and what a text is known by."""

from __future__ import annotations

import sqlalchemy as sa

from status_service.storage import tables
from status_service.trust.personal import Phone, Vault


def change(connection: sa.Connection, vault: Vault, applicant: int, phone: Phone) -> bool:
    """Register another phone, in a transaction of the caller's; False when it is that already.

    What back offices find the applicant by stays as they write it: their next update with the
    former number is about the same applicant, and does not bring it back.
    """
    t = tables.applicants
    sealed = connection.execute(
        sa.select(t.c.sealed).where(t.c.id == applicant).with_for_update()).scalar_one()
    name, _, former = vault.unseal(sealed).partition("\0")
    if former == phone.reveal():
        return False
    connection.execute(t.update().where(t.c.id == applicant).values(
        phone_hash=vault.keyed_hash("phone", phone.reveal()),
        sealed=vault.seal(f"{name}\0{phone.reveal()}")))
    return True

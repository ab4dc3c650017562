"""A migration that shifts a foreign key, and its rollback (fault 9, account_mapping).

In:    the switches and the time.
Out:   the table of accounts, shifted while the fault's window is open.
Else:  everything else keeps reading accounts.customer as it always did.

Nobody signed in notices a change of session: the wrong customer stands behind the account, on every page, at every
device, after every sign-in. Eufy (2021) and UniFi (2023) reported such mappings.
"""

from __future__ import annotations

from datetime import datetime

from spillkit_shop.faults import FaultWindow, Switches
from spillkit_shop.store import Store

_NAME = "account_mapping"


def settle(store: Store, switches: Switches, now: datetime) -> None:
    """Run the migration or its rollback if one is due."""
    window = switches.window(_NAME, now)
    if store.migrated_by is window:
        return
    store.connection.execute("UPDATE accounts SET customer = number WHERE staff = '' AND customer != number")
    if window is not None:
        store.connection.executemany("UPDATE accounts SET customer = ? WHERE number = ?", _shifted(store, window))
    store.migrated_by = window


def _shifted(store: Store, window: FaultWindow) -> list[tuple[int, int]]:
    """Return (customer, account) for the accounts hit: each gets the customer of the next one in the group."""
    group = window.accounts or tuple(
        each.number for each in store.population.customers if each.number % 50 == 7 and each.kind == "ordinary"
    )
    return list(zip(group[1:] + group[:1], group))

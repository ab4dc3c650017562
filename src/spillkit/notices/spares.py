"""Codes that are published before anybody has them, for letters to people who ask and are not affected.

In:    a campaign, a legal entity, how many; a workspace.
Out:   the ids of such letters; notices/spares.json, by which a code of one is known to be ours.
Else:  publishing them is `publishing`; which was used, the room's database knows.

The ids are made of no person: what is published does not tell how many asked, and a letter can be checked the moment it arrives.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from spillkit.errors import NoticesError
from spillkit.ledger.parts import write_file
from spillkit.notices.notice_ids import notice_ids
from spillkit.notices.told import Kind
from spillkit.settings import Workspace

_FILE = "spares.json"


class Spares(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many there are of one campaign and legal entity."""

    campaign: str
    entity: str
    count: int


def spare_ids(spares: Spares, start: int, stop: int, id_key: bytes) -> list[str]:
    """Return the ids of some of the letters, in their order.

    id_key  of `marks.derived_key(workspace_key, "ids")`
    """
    # A tab stands in no customer's id.
    return notice_ids(
        spares.campaign, Kind.UNAFFECTED, (f"spare\t{spares.entity}\t{place}" for place in range(start, stop)), id_key
    )


def write_spares(workspace: Workspace, spares: Iterable[Spares]) -> None:
    """Keep how many were published; of each campaign and legal entity the most that ever were.

    Raises  NoticesError if what was kept cannot be read, LedgerError if it cannot be written
    """
    most = {(one.campaign, one.entity): one.count for one in read_spares(workspace)}
    for one in spares:
        most[one.campaign, one.entity] = max(one.count, most.get((one.campaign, one.entity), 0))
    kept = [Spares(campaign, entity, count) for (campaign, entity), count in sorted(most.items())]
    write_file(workspace.root / "notices" / _FILE, msgspec.json.format(msgspec.json.encode(kept)))


def read_spares(workspace: Workspace) -> list[Spares]:
    """Return what was published; none where nothing was.

    Raises  NoticesError if it cannot be read
    """
    try:
        return msgspec.json.decode((workspace.root / "notices" / _FILE).read_bytes(), type=list[Spares])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        raise NoticesError(
            f"notices/{_FILE} cannot be read. Delete it and publish again: spillkit notify publish FOLDER."
        ) from error

"""Keep what checks of repairs found, so that question 9 of the report answers from it.

In:    verdicts, the incidents of the judgement that counts.
Out:   two files in the workspace: fixes.json holds the last proof of each incident, fix.json all of them as one (scope's FixProof).
Else:  deciding is `proof`; reading fix.json is the report's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from spillkit.cause.incident import CauseClass, Incident
from spillkit.fix.proof import prove_together
from spillkit.ledger.parts import write_file
from spillkit.scope.measurement import FixProof

FILE_NAME = "fix.json"
EACH_NAME = "fixes.json"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A proof, with what its incident is known by: numbers may change when more is scanned."""

    proof: FixProof
    cause: CauseClass
    first_at: datetime | None
    routes: tuple[str, ...]

    def is_of(self, incident: Incident) -> bool:
        """Return whether this is about that incident."""
        same_time = self.first_at == incident.onset.first_at
        return self.cause is incident.cause.cause and same_time and bool(set(self.routes) & set(incident.routes))


def keep_proof(root: Path, incident: Incident, proof: FixProof, incidents: Sequence[Incident]) -> FixProof:
    """Keep the proof of one incident and return all proofs as one, as the report reads them.

    root       of the workspace
    incidents  of the judgement that counts; proofs of others are dropped
    Raises     LedgerError if the disk refuses
    """
    new = Kept(proof=proof, cause=incident.cause.cause, first_at=incident.onset.first_at, routes=incident.routes)
    kept = {incident.number: new}
    for before in _read(root / EACH_NAME):
        for other in incidents:
            if other.number not in kept and before.is_of(other):
                renumbered = msgspec.structs.replace(before.proof, incident=other.number)
                kept[other.number] = msgspec.structs.replace(before, proof=renumbered)
                break
    in_order = [kept[number] for number in sorted(kept)]
    # What staff did is no fault, so nothing about it can be repaired or is missing.
    unchecked = [
        other.number for other in incidents if other.number not in kept and other.cause.cause is not CauseClass.STAFF
    ]
    together = prove_together([one.proof for one in in_order], unchecked)
    write_file(root / EACH_NAME, msgspec.json.format(msgspec.json.encode(in_order), indent=1) + b"\n")
    write_file(root / FILE_NAME, msgspec.json.format(msgspec.json.encode(together), indent=1) + b"\n")
    return together


def _read(path: Path) -> list[Kept]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Kept])
    except (OSError, msgspec.DecodeError):
        return []  # There are none yet, or they are of another version: each incident can be checked again.

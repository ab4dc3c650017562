"""What one judgement found, as it is kept: findings, counts, suggestions.

In:    a judgement's folder in the ledger.
Out:   Judgement and Finding values.
Else:  making them is `judging`; the exposures themselves stand beside them in exposures.parquet.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from spillkit.entitlement.suggestions import Suggestion
from spillkit.errors import InputError, LedgerError
from spillkit.ledger.ledger import Ledger


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """All exposures of one route. Numbers count from 1 and hold until the next judgement."""

    number: int
    channel: str
    method: str
    route: str
    evidence: str  # confirmed if any of its exposures is
    fields: tuple[str, ...]  # labels, in the order of Field
    exposures: int  # rows: one for each answer, subject and field
    answers: int  # answers with an exposure in them
    answers_seen: int  # answers of this route that were looked at, or only counted
    subjects: int  # people exposed, confirmed or possible
    subjects_confirmed: int
    viewers: int  # different viewers who were sent them; everybody signed out is one
    viewer_kinds: tuple[str, ...]
    first_at: datetime | None  # UTC; None where the recordings have no times
    last_at: datetime | None

    @property
    def subjects_possible(self) -> int:
        """People of whom no exposure here is confirmed."""
        return self.subjects - self.subjects_confirmed


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """One application of rules to all sightings of a ledger."""

    version: int = 1
    id: str  # digest of the rules and of the parts judged
    rules: str  # digest of the rules
    findings: tuple[Finding, ...]
    sightings: int
    own: int  # sightings of people seeing their own data
    allowed: int  # sightings that a rule allows, or that are most likely the viewer's own
    undecided: int  # sightings whose viewer nobody knows, and that no rule allows
    undecided_subjects: int
    exposures: int
    corrected: int = 0  # answers whose viewer was not the owner of the session that they carried
    suggestions: tuple[Suggestion, ...] = ()

    def finding(self, number: int) -> Finding:
        """Return the finding of that number; InputError if there is none."""
        for finding in self.findings:
            if finding.number == number:
                return finding
        known = f"they go from 1 to {len(self.findings)}" if self.findings else "there are none"
        raise InputError(f"There is no finding {number}: {known}. `spillkit judge` lists them.")


def read_judgement(ledger: Ledger) -> Judgement | None:
    """Return the judgement that counts, or None before the first; LedgerError if it is damaged."""
    folder = ledger.judgement_dir
    if folder is None:
        return None
    path = folder / "judgement.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Judgement)
    except (OSError, msgspec.DecodeError) as error:
        raise LedgerError(f"{path}: cannot be read. Run `spillkit judge`, which makes it anew.") from error


def write_judgement(folder: Path, judgement: Judgement) -> None:
    """Write the judgement into a draft folder that `Ledger.record_exposures` then puts in place."""
    (folder / "judgement.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(judgement, order="sorted"), indent=1)
    )

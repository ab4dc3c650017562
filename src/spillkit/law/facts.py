"""The facts that duties are decided on: measured, or typed in.

In:    nothing.
Out:   Facts and what it is made of; msgspec reads them from TOML or JSON and refuses unknown names.
Else:  making them from a measured incident is `measured`, deciding is `decide`.

Nothing here names a person: people are counts by entity, country, account and fields.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from spillkit.law.floats import as_floats


class Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A legal entity of the company."""

    id: str
    name: str = ""
    established: tuple[str, ...] = ()  # ISO 3166 codes of its establishments, "IE", "DE", "US-CA"
    main_establishment: str = ""  # in the EU/EEA (GDPR Art. 4(16)); "": none there
    sectors: tuple[str, ...] = ()  # ids of sectors.toml, "hipaa-covered", "listed-us", "nis2-essential"
    zone: str = "UTC"  # in which its people read clocks


class Population(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """People who share entity, country, account and the fields shown. Populations do not overlap."""

    entity: str
    country: str  # ISO 3166-1 alpha-2; "": not known
    people: int  # confirmed
    fields: tuple[str, ...]  # kinds of fields.toml, shown of each of them
    region: str = ""  # ISO 3166-2, "US-CA"; "" where not known
    account: str = ""  # "consumer", "business" (contact data of people in their job), "": not known
    people_upper: int | None = None  # at most; None: as confirmed


class Milestone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A moment that starts a clock, set by somebody, with his reason."""

    at: datetime  # aware of its zone
    by: str = ""  # who signed it
    because: str = ""


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of an incident on some day."""

    version: int  # 1
    incident: str  # a number or name without personal data
    entities: tuple[Entity, ...]
    populations: tuple[Population, ...]
    milestones: dict[
        str, Milestone
    ] = {}  # aware, discovered, determined, assessed, authority-told, people-told, material
    answers: dict[str, str] = {}  # question id, or "question@JP" for one jurisdiction -> "yes" or "no"
    began_at: datetime | None = None
    ended_at: datetime | None = None
    shown_to: tuple[str, ...] = ()  # viewer kinds: subject, anonymous, crawler, staff, partner, unknown, outside
    intentional: str = ""  # "yes": somebody did it on purpose, "no", "": not known
    coverage: float | None = None  # share of the traffic that was looked at, 0..1; None: typed in
    method: str = "typed in"  # how the numbers were found, one sentence

    def __post_init__(self) -> None:
        as_floats(self, "coverage")

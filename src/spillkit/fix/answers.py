"""Look at answers in memory: who occurs in them, and who should not.

In:    what came back, and to whom it was sent; the workspace's directory and rules.
Out:   Seen: for each answer whether its receiver was recognised, and which fields of others it showed. No text, nothing kept.
Else:  sending is `calling`; counting is `replay`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from spillkit.capture import Limits
from spillkit.capture.body import body_of_bytes
from spillkit.capture.media import media_type_of
from spillkit.directory import Directory
from spillkit.entitlement import Rules, find_exposures
from spillkit.errors import InputError
from spillkit.fix.calling import Got
from spillkit.fix.identities import Identity
from spillkit.fix.plan import Recorded
from spillkit.model import Channel, Exchange, SourceId, Viewer, ViewerId, ViewerKind
from spillkit.scan.sightings import Finder
from spillkit.scan.viewer_rendered_for import RenderedFor

_SOURCE = SourceId("0" * 16)
_LIMITS = Limits(body_bytes=16 << 20, ratio=200)
_ANONYMOUS = Viewer(ViewerId("anonymous"), ViewerKind.ANONYMOUS, "file")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one answer showed."""

    own: bool  # it showed the one who asked himself: he is signed in
    fields: tuple[str, ...] = ()  # of others, confirmed, or of another test customer: shown without any right
    possible_fields: tuple[str, ...] = ()  # of others, perhaps: a name alone, or a value that several share
    others: int = 0  # how many others
    text: bytes = field(default=b"", repr=False)  # decoded; looked through for links, then dropped


class AnswerJudge:
    """Opened once for a replay.

    directory   of the workspace
    rules       who may see whom
    identities  who asks
    """

    def __init__(self, directory: Directory, rules: Rules, identities: Sequence[Identity]) -> None:
        stamp = None
        if rules.rendered_for is not None:
            stamp = RenderedFor(rules.rendered_for, lambda: directory.attributes().column("id").to_pylist())
        self._finder = Finder(directory.scanner(), directory.ids, stamp)
        self._rules = rules
        self._testers = frozenset(str(identity.subject) for identity in identities)
        self._viewers = [
            Viewer(ViewerId(str(identity.subject)), ViewerKind.SUBJECT, "file", f"replay-{number}")
            for number, identity in enumerate(identities)
        ]

    def look(self, answers: Sequence[tuple[int, Recorded, Got]]) -> list[Seen]:
        """Return what each answer showed, in order.

        answers  number of the identity (negative: signed out), the request, what came back
        """
        exchanges = [self._exchange(entry, request, got) for entry, (_, request, got) in enumerate(answers)]
        viewers = [self._viewers[who] if who >= 0 else _ANONYMOUS for who, _, _ in answers]
        sightings = self._finder.find(exchanges, viewers).sightings
        own: set[int] = set()
        strangers = False
        for entry, subject in zip(sightings["entry"].to_pylist(), sightings["subject"].to_pylist(), strict=True):
            if subject == viewers[entry].id:
                own.add(entry)
            else:
                strangers = True
        shown: dict[int, dict[str, set[str]]] = {}
        others: dict[int, set[str]] = {}
        if strangers:
            exposures = find_exposures(sightings, self._rules)
            columns = (exposures[name].to_pylist() for name in ("entry", "evidence", "field", "subject"))
            for entry, evidence, label, subject in zip(*columns, strict=True):
                # A name alone may be anybody's; that of the other test customer, who asked just before, is hardly a namesake.
                surer = "confirmed" if subject in self._testers else evidence
                shown.setdefault(entry, {}).setdefault(surer, set()).add(label)
                others.setdefault(entry, set()).add(subject)
        return [
            Seen(
                own=entry in own,
                fields=tuple(sorted(shown.get(entry, {}).get("confirmed", ()))),
                possible_fields=tuple(sorted(shown.get(entry, {}).get("possible", ()))),
                others=len(others.get(entry, ())),
                text=exchange.body or b"",
            )
            for entry, exchange in enumerate(exchanges)
        ]

    def _exchange(self, entry: int, request: Recorded, got: Got) -> Exchange:
        content_type = got.header("content-type")
        body = body_of_bytes(got.body, content_type, got.header("content-encoding"), _LIMITS, is_cut=got.is_cut)
        return Exchange(
            source=_SOURCE,
            entry=entry,
            shown_at=datetime.now(UTC),
            method=request.method,
            url=request.target,
            status=got.status,
            channel=Channel.HTTP,
            media_type=media_type_of(content_type),
            response_headers=got.headers,
            body=body.data,
            body_state=body.state,
            body_bytes=body.size,
        )


def check_identities(identities: Sequence[Identity], directory: Directory, rules: Rules) -> None:
    """Refuse identities that could not show anything: unknown customers, or two who may see each other anyway.

    Raises  InputError
    """
    numbers = directory.numbers([str(identity.subject) for identity in identities])
    for identity, number in zip(identities, numbers.tolist(), strict=True):
        if number < 0:
            raise InputError(
                f"Identity {identity.name}: its subject is not in the customer list. Add the test customers with "
                "`spillkit people add`, or name customers who are in it."
            )
    ids = {str(identity.subject): identity.name for identity in identities}
    import pyarrow as pa
    import pyarrow.compute as pc

    known = pa.array(ids, pa.string())
    table = rules.grants
    both = pc.and_(pc.is_in(table["viewer"], value_set=known), pc.is_in(table["subject"], value_set=known))
    pairs = table.filter(both)
    for viewer, subject in zip(pairs["viewer"].to_pylist(), pairs["subject"].to_pylist(), strict=True):
        if viewer != subject:
            raise InputError(
                f"Identities {ids[viewer]} and {ids[subject]} may see each other by a rule, so a mix-up of the two would "
                "not show. Choose customers who have nothing to do with each other."
            )

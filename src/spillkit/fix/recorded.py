"""Read recorded requests again: method, path and query, and nothing else of them.

In:    places in recordings, the manifest's paths (or a path that the user names).
Out:   Recorded values for the plan; and why a recording could not be read again.
Else:  which places are worth it is `later`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from spillkit.capture import read_exchanges, source_id
from spillkit.errors import CaptureError, InputError
from spillkit.fix.later import Place
from spillkit.fix.plan import Recorded, target_of
from spillkit.ledger import Source
from spillkit.model import Damage
from spillkit.printed import printable


def find_recordings(sources: Sequence[Source], named: Sequence[Path]) -> tuple[dict[str, Path], dict[str, str]]:
    """Return where each recording of the ledger can be read again, and why the others cannot.

    named    files that the user named, for recordings that were moved
    Raises   InputError if a named file is none of the ledger's recordings
    """
    known = {source.source: source.name for source in sources}
    moved: dict[str, Path] = {}
    for path in named:
        try:
            found = source_id(path)
        except CaptureError as error:
            raise InputError(str(error)) from error
        if found not in known:
            raise InputError(
                f"{printable(path.name)}: is none of the recordings scanned here, or has changed since. Scan it, or name another."
            )
        moved[found] = path
    places: dict[str, Path] = {}
    problems: dict[str, str] = {}
    for source in sources:
        path = moved.get(source.source, Path(source.path))
        if source.source in moved or path.exists():
            places[source.source] = path
        else:
            problems[source.source] = f"{printable(source.name)} is no longer where it was: name it with --recording"
    return places, problems


def read_recorded(
    places: Sequence[Place], paths: Mapping[str, Path], progress: Callable[[int, int], None] = lambda done, wanted: None
) -> tuple[list[Recorded], list[str]]:
    """Return the requests at these places in their order, and what could not be read, in sentences.

    progress  told how many requests were found and how many are wanted
    Cost      reads each recording up to the last place in it
    """
    by_source: dict[str, dict[int, Place]] = {}
    for place in places:
        by_source.setdefault(place.source, {})[place.entry] = place
    found: dict[tuple[str, int], Recorded] = {}
    problems: list[str] = []
    for source, wanted in by_source.items():
        path = paths[source]
        try:
            if source_id(path) != source:
                problems.append(
                    f"{printable(path.name)} has changed since the scan: name the original with --recording."
                )
                continue
            for item in read_exchanges(path, start_entry=min(wanted)):
                if isinstance(item, Damage):
                    continue
                if item.entry in wanted:
                    place = wanted[item.entry]
                    target = target_of(item.url)
                    if target is not None:
                        found[source, item.entry] = Recorded(
                            place.method, place.route, target, place.body_bytes, place.is_of_incident
                        )
                        progress(len(found), len(places))
                if item.entry >= max(wanted):
                    break
        except (CaptureError, OSError):
            problems.append(f"{printable(path.name)} cannot be read any more: name it with --recording.")
    return [found[place.source, place.entry] for place in places if (place.source, place.entry) in found], problems

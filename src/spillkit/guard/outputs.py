"""Say what the guard found: on the terminal, as GitHub annotations, as SARIF.

In:    a tally and leaks.
Out:   lines; a SARIF file.
Else:  JUnit is pytest's own: the plugin gives it properties.
Source: GitHub Docs, Workflow commands (error: file, line, title; %, CR, LF, : and , escaped); SARIF as in `scope.sarif`
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from spillkit.errors import InputError
from spillkit.guard.leaks import Leak, Tally
from spillkit.printed import printable
from spillkit.scope.sarif import sarif_of_results


def summary_lines(tally: Tally, leaks: Sequence[Leak]) -> list[tuple[str, bool]]:
    """Return lines for the terminal, each with whether it is bad news."""
    whom = ", ".join(
        f"{who}: {count:,}" for who, count in sorted(tally.by_viewer.items(), key=lambda one: _order(one[0]))
    )
    lines = [
        (f"{tally.answers:,} answers in {tally.tests:,} tests were looked at" + (f" ({whom})" if whom else ""), False)
    ]
    if tally.not_text or tally.damaged:
        lines.append(
            (
                f"not looked at: {tally.not_text:,} bodies that are no text; only a part of {tally.damaged:,} bodies",
                False,
            )
        )
    lines.append(
        (
            f"fields of planted people seen: {tally.sightings:,}; of others: allowed by rules or markers {tally.allowed:,}, "
            f"typed by the viewer himself {tally.typed:,}",
            False,
        )
    )
    lines.append((f"exposures: {len(leaks):,}", bool(leaks)))
    lines += [(f"  {leak.sentence}  [{leak.test}]", True) for leak in leaks]
    if tally.answers == 0:
        lines.append(
            ("0 answers were looked at: nothing was tested. Watch a client: spillkit_guard.watching(client)", True)
        )
    elif tally.sightings == 0:
        lines.append(("No planted person was ever seen: are spillkit_guard.people the users of the application?", True))
    elif sum(who.startswith("planted person") for who in tally.by_viewer) < 2:
        lines.append(
            ("Fewer than two planted people were signed in: whether one sees the other was hardly tested.", True)
        )
    return lines


def _order(who: str) -> tuple[str, int]:
    word = who.rpartition(" ")[2]
    return ("planted person", int(word)) if word.isdigit() else (who, 0)


def wants_annotations(asked: bool) -> bool:
    """Return whether annotations are wanted: by option, or because GitHub runs the tests."""
    return asked or os.environ.get("GITHUB_ACTIONS") == "true"


def annotation_lines(leaks: Sequence[Leak]) -> list[str]:
    """Return a workflow command for each leak, which GitHub shows at the test's line."""
    return [
        f"::error file={_property(leak.file)},line={leak.line},title={_property('Spillkit: ' + leak.route)}::{_data(leak.words)}"
        for leak in leaks
    ]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")


def write_sarif(path: str, leaks: Sequence[Leak]) -> None:
    """Write leaks as SARIF; a run without any gives an empty list of results, so that old ones are closed."""
    text = json.dumps(sarif_of_results([_result(leak) for leak in leaks]), indent=1, ensure_ascii=True)
    try:
        Path(path).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{Path(path).name}: cannot be written ({error.strerror}). Choose another --spillkit-sarif."
        ) from error


def _result(leak: Leak) -> dict[str, Any]:
    place = printable(f"{leak.method} {leak.route}")
    digest = hashlib.sha256(f"{leak.channel} {place} {' '.join(leak.fields)}".encode()).hexdigest()[:32]
    return {
        "ruleId": "SPILL001",
        "level": "error",
        "message": {"text": leak.words},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(leak.file)},
                    "region": {"startLine": max(leak.line, 1)},
                },
                "logicalLocations": [{"fullyQualifiedName": place, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"route/v1": digest},
        "properties": {"fields": list(leak.fields), "test": leak.test, "answers": leak.answers},
    }

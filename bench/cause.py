"""`python -m bench.cause`: how often the cause of a fault is found, against the shop's own truth.

In:    faults, seeds, sizes, what the log lacks; a folder in which stories are kept between runs.
Out:   a table of right, unknown and wrong verdicts for each fault; one JSON line for each case beside the stories.
Else:  playing is the shop's, finding is `spillkit.cause`; nothing here knows how either works.

A case is one story (fault, seed, size) as one log tells it (whole, without cache headers, without worker ids). It is scanned into
a workspace of its own, in this process. What was done is kept under a digest of the code, so that a run that was stopped goes on
and another after a change of the rules begins anew.

Precision and recall are of confirmed pairs of viewer and subject; pairs of whom a name alone was shown are in the notes.

Right: at least four in five of a fault's exposures are in incidents of its class, and no incident is of another class; on a clean
day, no incident at all.
Wrong: an incident is of another class. Unknown: the rest. Where no cache header is logged the layers of caches count as one.
Who saw whom is compared by answer, viewer and subject: precision over what is confirmed, recall over all that is in incidents.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

ROOT = Path(__file__).parents[1]
SIZES = ("small", "medium", "large")
LOGS = {"full": (), "no cache headers": ("cache-headers",), "no worker id": ("worker",), "no sessions": ("session",)}
CLEAN = "none"  # in place of a fault: a day on which nothing is wrong
DEFAULT_LOGS = ("full", "no cache headers", "no worker id")
CACHES = frozenset({"shared-http-cache", "application-cache-key", "cache"})
_FIELDS = {"name": "name", "e-mail": "e-mail", "email": "e-mail", "phone": "phone", "address": "address", "order": "order",
           "customer-id": "customer-id", "contact-email": "e-mail"}  # fmt: skip
OLD_SCANS = "SPILLKIT_BENCH_OLD_SCANS"  # set for tuning: stories and ledgers that older code made stay
_FIT = 0.8
_NEAR_SECONDS = 2.0
_NEVER = "0001-01-01T00:00:00+00:00"


@dataclass(frozen=True)
class Case:
    """One story as one log tells it."""

    faults: tuple[str, ...]
    seed: int
    size: str
    log: str

    @property
    def story(self) -> str:
        return f"{'+'.join(self.faults)}-{self.seed}-{self.size}"


@dataclass
class Outcome:
    """What was found in a case, against the truth."""

    faults: tuple[str, ...]
    seed: int
    size: str
    log: str
    code: str
    verdict: str  # right | unknown | wrong
    found: list[list[Any]]  # for each incident: class, score, answers, runner-up
    incidents: int
    spoiled: int  # answers, by the truth
    onset: bool
    end: bool
    began_with: bool
    ended_with: bool
    precision: float
    recall: float
    viewers_known: bool
    seconds: float
    notes: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[Any, ...]:
        return (tuple(self.faults), self.seed, self.size, self.log, self.code)


def main() -> None:
    """Run what the command line asks for."""
    from spillkit_shop.faults import FAULTS

    parser = argparse.ArgumentParser(prog="python -m bench.cause", description=__doc__)
    parser.add_argument(
        "--faults",
        default=",".join((*FAULTS, CLEAN)),
        help="names, two joined by + for both at once, none for a clean day",
    )
    parser.add_argument("--seeds", default="6-15", help="such as 1-5 or 6,9 (1-5 are for tuning)")
    parser.add_argument("--sizes", default=",".join(SIZES))
    parser.add_argument("--logs", default=",".join(DEFAULT_LOGS), help=", ".join(LOGS))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--stories", type=Path, default=Path(tempfile.gettempdir()) / "spillkit-stories")
    parser.add_argument("--again", action="store_true", help="judge cases anew that this code judged before")
    parser.add_argument("--markdown", type=Path, help="also write the table there")
    options = parser.parse_args()
    options.stories.mkdir(parents=True, exist_ok=True)
    cases = [
        Case(tuple(fault.split("+")), seed, size, log)
        for seed in _numbers(options.seeds)
        for fault in options.faults.split(",")
        for size in (("day",) if fault == CLEAN else options.sizes.split(","))
        for log in options.logs.split(",")
    ]
    results = options.stories / "results.jsonl"
    code = code_digest()
    known = {} if options.again else {outcome.key: outcome for outcome in _read(results)}
    done = [known[key] for case in cases if (key := _key(case, code)) in known]
    left = [case for case in cases if _key(case, code) not in known]
    by_story: dict[str, list[Case]] = {}
    for case in left:
        by_story.setdefault(case.story, []).append(case)
    console = Console(stderr=True)
    with (
        results.open("a", encoding="utf-8") as out,
        Progress(
            *Progress.get_default_columns(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
        ) as progress,
        ProcessPoolExecutor(options.jobs) as pool,
    ):
        bar = progress.add_task("stories", total=len(by_story))
        running = [pool.submit(run_story, cases_of, options.stories, code) for cases_of in by_story.values()]
        for finished in as_completed(running):
            for outcome in finished.result():
                done.append(outcome)
                out.write(json.dumps(asdict(outcome)) + "\n")
            out.flush()
            progress.advance(bar)
    text = table(done)
    print(text)
    for outcome in sorted(done, key=lambda outcome: (outcome.faults, outcome.size, outcome.log, outcome.seed)):
        if outcome.verdict != "right" or outcome.notes:
            print(
                f"{outcome.verdict:7} {'+'.join(outcome.faults)} seed {outcome.seed} {outcome.size} {outcome.log}: "
                f"{outcome.found} of {outcome.spoiled} {'; '.join(outcome.notes)}"
            )
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")


# -- one story ------------------------------------------------------------------------------------------------------


def run_story(cases: Sequence[Case], stories: Path, code: str) -> list[Outcome]:
    """Play a story if it was not played before, and judge each of its cases."""
    folder = play_story(cases[0], stories)
    return [judge_case(case, folder, code) for case in cases]


def play_story(case: Case, stories: Path) -> Path:
    """Return the folder of the played story."""
    from spillkit_shop.driver import play
    from spillkit_shop.stories import clean_story, story_for

    folder = stories / case.story
    played = folder / "played"
    shop = shop_digest()
    if not played.exists() or (OLD_SCANS not in os.environ and played.read_text() != shop):
        draft = stories / f".{case.story}"
        shutil.rmtree(draft, ignore_errors=True)
        is_clean = case.faults == (CLEAN,)
        second = (*case.faults, "")[1]
        play(
            clean_story(case.seed) if is_clean else story_for(case.faults[0], case.seed, case.size, also=second), draft
        )
        (draft / "played").write_text(shop)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    return folder


def scanned(case: Case, folder: Path) -> Path:
    """Return the workspace in which the case's log was scanned."""
    from spillkit_shop.thin import thin

    name = f"spill-{case.log.replace(' ', '-')}"
    workspace = folder / f"{name}-{scan_digest()}"
    if (workspace / "scanned").exists():
        return workspace
    old = [path.parent for path in sorted(folder.glob(f"{name}-*/scanned"))]
    if old and OLD_SCANS in os.environ:
        return old[-1]
    for path in old:
        shutil.rmtree(path)
    shutil.rmtree(workspace, ignore_errors=True)
    quiet = folder / "scan.txt"
    traffic = folder / "traffic.jsonl"
    if LOGS[case.log]:
        traffic = folder / f"traffic-{case.log.replace(' ', '-')}.jsonl"
        thin(folder / "traffic.jsonl", traffic, LOGS[case.log])
    _spillkit(quiet, "init", str(workspace))
    for name in ("rules.toml", "relations.csv", "tickets.csv"):
        shutil.copy(folder / name, workspace / name)
    if LOGS[case.log] == ("session",):
        rules = (workspace / "rules.toml").read_text(encoding="utf-8")
        rules = rules.replace("version = 1\n", 'version = 1\nunknown_viewers = "possible"\n', 1)
        # Where no cookies are recorded, an answer without one says nothing of who was signed in.
        rules = rules.replace('no_cookie = ["shop_session"]', 'ids = ["signed-out"]')
        (workspace / "rules.toml").write_text(rules, encoding="utf-8")
    _spillkit(
        quiet,
        "-w",
        str(workspace),
        "people",
        "add",
        str(folder / "people.csv"),
        "--tokens",
        f"order={folder / 'orders.csv'}:order_no,customer_id",
    )
    recordings = [str(traffic)]
    if (folder / "mail.mbox").exists() and (folder / "mail.mbox").stat().st_size:
        recordings.append(str(folder / "mail.mbox"))
    sessions = f"cookie:shop_session,{folder / 'sessions.csv'}"
    _spillkit(quiet, "-w", str(workspace), "scan", *recordings, "--viewer-from", sessions, "--workers", "1")
    (workspace / "scanned").touch()
    return workspace


def _spillkit(quiet: Path, *arguments: str) -> None:
    import contextlib

    from spillkit.cli import main as spillkit

    with quiet.open("a", encoding="utf-8") as out, contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = spillkit(list(arguments))
    if code != 0:
        raise SystemExit(f"spillkit {arguments[0]} ended with {code}; see {quiet}")


def judge_case(case: Case, folder: Path, code: str) -> Outcome:
    """Find the incidents of a case and hold them against the truth."""
    from spillkit.cause import find_incidents
    from spillkit.cause.changes import read_changes
    from spillkit.ledger import Ledger

    workspace = scanned(case, folder)
    ledger = Ledger(workspace / "ledger")
    changes = read_changes(folder / "changes.csv")
    began = time.perf_counter()
    with ledger.database() as connection:
        found = find_incidents(connection, changes)
        seconds = time.perf_counter() - began
        rows = connection.execute("""
            SELECT s.name, r.entry, r.viewer, r.incident, list(DISTINCT e.subject) AS subjects,
                coalesce(list(DISTINCT e.subject) FILTER (e.evidence = 'confirmed'), []) AS confirmed
            FROM incident_rows r JOIN sources s USING (source) JOIN exposures e USING (source, entry, viewer)
            GROUP BY ALL""").fetchall()
        # Who sat at a device without a session is in no log: signed out is then the whole answer.
        signed_out = {
            _place(*row, "")[:2]
            for row in connection.execute(
                "SELECT s.name, e.entry FROM exchanges e JOIN sources s USING (source) "
                "WHERE e.viewer = 'anonymous' AND e.session = ''"
            ).fetchall()
        }
    truth = [
        (file, entry, "anonymous" if _place(file, entry, "")[:2] in signed_out else viewer, *rest)
        for file, entry, viewer, *rest in _read_truth(folder)
    ]
    return _compare(case, folder, code, found.incidents, rows, truth, seconds)


def _read_truth(folder: Path) -> list[tuple[str, int, str, str, str, bool]]:
    """What was wrong: file, entry, viewer, subject, fault, and whether more than the subject's name was shown."""
    more: dict[tuple[str, int, str, str, str], bool] = {}
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["fault"] and row["field"] in _FIELDS:
                shown = (row["file"], int(row["entry"]), row["viewer"], row["subject"], row["fault"])
                more[shown] = more.get(shown, False) or row["field"] != "name"
    return sorted((*shown, is_more) for shown, is_more in more.items())


def _compare(
    case: Case,
    folder: Path,
    code: str,
    incidents: Sequence[Any],
    rows: Sequence[tuple[str, int, str, int, list[str], list[str]]],
    truth: Sequence[tuple[str, int, str, str, str, bool]],
    seconds: float,
) -> Outcome:
    from spillkit_shop.faults import FAULTS

    fault_of = {_place(file, entry, viewer): fault for file, entry, viewer, _, fault, _ in truth}
    said = {(*_place(*row[:3]), subject) for row in rows for subject in row[4]}
    sure = {(*_place(*row[:3]), subject) for row in rows for subject in row[5]}
    real = {(*_place(file, entry, viewer), subject) for file, entry, viewer, subject, *_ in truth}
    # A name alone is never confirmed (charter, section 4): such a pair is right where it is listed as possible.
    sure_by_right = {(*_place(file, entry, viewer), subject) for file, entry, viewer, subject, _, more in truth if more}
    expected = {fault: FAULTS[fault].cause for fault in case.faults if fault != CLEAN}
    class_of = {incident.number: str(incident.cause.cause) for incident in incidents}
    notes: list[str] = []
    fits: Counter[str] = Counter()
    by_incident: dict[int, Counter[str]] = {}
    for file, entry, viewer, number, *_ in rows:
        fault = fault_of.get(_place(file, entry, viewer), "")
        by_incident.setdefault(number, Counter())[fault] += 1
        fits[fault] += fault in expected and _same(class_of[number], expected[fault], case.log)
    spoiled = Counter(fault_of.values())
    seen: Counter[str] = sum(by_incident.values(), Counter())
    wrong = [
        number
        for number, name in class_of.items()
        if name != "unknown"
        and not any(_same(name, expected[fault], case.log) for fault in by_incident[number] if fault in expected)
    ]
    if wrong or (not expected and incidents):
        verdict = "wrong"
    elif all(fits[fault] >= max(1, _FIT * seen[fault]) for fault in expected):
        verdict = "right"
    else:
        verdict = "unknown"
    if "unexplained" in spoiled:
        notes.append(f"{spoiled['unexplained']} answers that the truth itself gives to no fault")
    times = _read_times(folder)
    checks = {"onset": True, "end": True, "began_with": True, "ended_with": True}
    for fault in expected:
        of_fault = [i for i in incidents if _same(class_of[i.number], expected[fault], case.log)]
        starts, ends, first, last = times[fault]
        main = max(of_fault, key=lambda incident: by_incident[incident.number][fault], default=None)
        if main is None:
            checks = dict.fromkeys(checks, False)
            continue
        onset = main.onset
        checks["onset"] &= _near(onset.first_at, first)
        checks["end"] &= _near(onset.last_at, last)
        if fault != "insider":
            checks["began_with"] &= onset.began_with is not None and _near(onset.began_with.at, starts)
            checks["ended_with"] &= onset.ended_with is not None and _near(onset.ended_with.at, ends)
        if len(of_fault) > 1:
            notes.append(f"{len(of_fault)} incidents of {fault}")
    if sure - real:
        notes.append(f"{len(sure - real)} confirmed pairs too many")
    if sure_by_right - sure:
        notes.append(f"{len(sure_by_right - sure)} pairs not confirmed")
    if real - said - sure_by_right:
        notes.append(f"{len(real - said - sure_by_right)} names alone not listed")
    return Outcome(
        faults=case.faults,
        seed=case.seed,
        size=case.size,
        log=case.log,
        code=code,
        verdict=verdict,
        found=[[class_of[i.number], i.cause.score, i.answers, str(i.cause.runner_up or "")] for i in incidents],
        incidents=len(incidents),
        spoiled=sum(spoiled.values()),
        onset=checks["onset"],
        end=checks["end"],
        began_with=checks["began_with"],
        ended_with=checks["ended_with"],
        precision=len(sure & real) / len(sure) if sure else 1.0,
        recall=len(sure & sure_by_right) / len(sure_by_right) if sure_by_right else 1.0,
        viewers_known=all(incident.viewers_known for incident in incidents),
        seconds=round(seconds, 2),
        notes=notes,
    )


def _place(file: str, entry: int, viewer: str) -> tuple[str, int, str]:
    """A row's place; a thinned recording stands for the whole one."""
    return ("traffic" if file.startswith("traffic") else file, entry, viewer)


def _same(found: str, expected: str, log: str) -> bool:
    if found == expected:
        return True
    return log == "no cache headers" and {found, expected} <= CACHES


def _read_times(folder: Path) -> dict[str, tuple[datetime, datetime, datetime, datetime]]:
    with (folder / "faults.csv").open(encoding="utf-8", newline="") as file:
        names = ("starts_at", "ends_at", "first_wrong_at", "last_wrong_at")
        return {
            row["fault"]: tuple(datetime.fromisoformat(row[name] or _NEVER) for name in names)  # type: ignore[misc]
            for row in csv.DictReader(file)
        }


def _near(one: datetime | None, other: datetime) -> bool:
    return one is not None and abs((one - other).total_seconds()) <= _NEAR_SECONDS


# -- the table ------------------------------------------------------------------------------------------------------


def table(outcomes: Iterable[Outcome]) -> str:
    """Return the table of all cases as Markdown."""
    groups: dict[tuple[str, ...], list[Outcome]] = {}
    everything = list(outcomes)
    for outcome in everything:
        groups.setdefault(("+".join(outcome.faults), "", ""), []).append(outcome)
    for outcome in everything:
        groups.setdefault(("all", outcome.size, ""), []).append(outcome)
    for outcome in everything:
        groups.setdefault(("all", "", outcome.log), []).append(outcome)
    groups["all", "", ""] = everything
    head = (
        "fault|size|log|cases|right|unknown|wrong|one incident|onset|end|began with|ended with|precision|recall".split(
            "|"
        )
    )
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    for name, cases in groups.items():
        if not cases:
            continue
        verdicts = Counter(outcome.verdict for outcome in cases)
        n = len(cases)
        shares = [
            sum(outcome.incidents == sum(fault != CLEAN for fault in outcome.faults) for outcome in cases),
            *(
                sum(getattr(outcome, what) for outcome in cases)
                for what in ("onset", "end", "began_with", "ended_with")
            ),
        ]
        cells = [*name, str(n), *(str(verdicts[word]) for word in ("right", "unknown", "wrong"))]
        cells += [f"{100 * share / n:.1f} %" for share in shares]
        cells += [
            f"{min(outcome.precision for outcome in cases):.3f}",
            f"{min(outcome.recall for outcome in cases):.3f}",
        ]
        lines.append(" | ".join(cells))
    return "\n".join(f"| {line} |" for line in lines)


# -- keeping --------------------------------------------------------------------------------------------------------


def code_digest() -> str:
    """Digest of all code that can change a verdict."""
    return _digest([ROOT / "src" / "spillkit" / "cause"], [Path(__file__)]) + scan_digest() + shop_digest()


def scan_digest() -> str:
    """Digest of all code that can change a ledger."""
    folders = ("capture", "directory", "entitlement", "kernel", "ledger", "scan")
    return _digest([ROOT / "src" / "spillkit" / folder for folder in folders], [])


def shop_digest() -> str:
    """Digest of all code that can change a story."""
    return _digest([ROOT / "examples" / "shop"], [])


def _digest(folders: Sequence[Path], files: Sequence[Path]) -> str:
    whole = hashlib.sha256()
    for path in [*files, *(path for folder in folders for path in sorted(folder.rglob("*.py")))]:
        whole.update(path.read_bytes())
    return whole.hexdigest()[:10]


def _key(case: Case, code: str) -> tuple[Any, ...]:
    return (case.faults, case.seed, case.size, case.log, code)


def _read(results: Path) -> Iterator[Outcome]:
    if not results.exists():
        return
    for line in results.read_text(encoding="utf-8").splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            continue  # The run was stopped while it wrote this line.
        yield Outcome(**{**values, "faults": tuple(values["faults"])})


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


if __name__ == "__main__":
    sys.exit(main())

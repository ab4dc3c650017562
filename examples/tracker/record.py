#!/usr/bin/env python3
"""Record real traffic of a real tracker, with and without faults, and the truth about who was shown whom.

In:    options; nginx and Chromium on this machine, the rest is installed into an environment of its own.
Out:   recordings (JSON lines, WARC, HAR, access log), the customer directory, sessions, relations and the truth, in one folder.
Else:  each step has a module of its own beside this file; README.md says how they fit.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SCENARIOS = ("clean", "cache-fault", "schema-fault")
EVERY_WARC = 3  # every third visitor goes into the WARC file, the others into JSON lines


def main() -> int:
    """Read the options, make the environment, record."""
    options = _read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that the servers are ended too.
    if Path(sys.prefix).resolve() != options.venv.resolve():
        return _again_inside(options.venv)
    sys.dont_write_bytecode = True
    from servers import MissingProgramError

    try:
        return _record(options)
    except MissingProgramError as missing:
        print(missing, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the servers are down", file=sys.stderr)
        return 130


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Record a Roundup tracker with 200 made-up customers behind nginx: once set right, once with a cache that "
        "forgets whose page it holds, once with a schema that shows contact data to everybody. Takes two to three "
        "minutes. Everything runs on loopback; Python packages come from the package index that pip is set to.",
        epilog="Needs nginx and Chromium (Debian: apt-get install nginx chromium). The recording in the repository was made by "
        "this script; run it again only to change it.",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=HERE / "recording",
        metavar="FOLDER",
        help="where the recording goes (default: recording/ beside this script)",
    )
    parser.add_argument(
        "--scenario",
        choices=SCENARIOS,
        action="append",
        help="record this one only; may be repeated (default: all three). Sessions and truth hold these only",
    )
    parser.add_argument(
        "--seed", type=int, default=20261121, help="draws people, issues and journeys (default: %(default)s)"
    )
    parser.add_argument(
        "--visitors", type=int, default=36, help="scripted users for each scenario, 12 to 150 (default: %(default)s)"
    )
    parser.add_argument("--without-browsers", action="store_true", help="leave Chromium out; no HAR files then")
    parser.add_argument(
        "--venv",
        type=Path,
        default=ROOT / ".cache" / "tracker-venv",
        metavar="FOLDER",
        help="environment to make or use (default: .cache/tracker-venv)",
    )
    parser.add_argument(
        "--work",
        type=Path,
        default=ROOT / ".cache" / "tracker-work",
        metavar="FOLDER",
        help="trackers, logs and temporary files (default: .cache/tracker-work)",
    )
    parser.add_argument("--keep-work", action="store_true", help="do not remove the work folder at the end")
    options = parser.parse_args()
    options.out, options.work = options.out.resolve(), options.work.resolve()
    if not 12 <= options.visitors <= 150:
        parser.error("--visitors must be 12 to 150")
    return options


def _again_inside(venv: Path) -> int:
    """Make the environment where it is missing or old, and start this script again inside; returns on failure only."""
    wanted = hashlib.sha256((HERE / "requirements.txt").read_bytes()).hexdigest()
    stamp, python = venv / "requirements.sha256", venv / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        _say(f"environment: installing requirements.txt into {_near(venv)}")
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        done = subprocess.run(
            [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
                str(HERE / "requirements.txt"),
            ],
            check=False,
        )
        if done.returncode:
            print(
                "pip could not install examples/tracker/requirements.txt; its message is above. A package index is needed once.",
                file=sys.stderr,
            )
            return 2
        stamp.write_text(wanted)
    return os.execv(python, [str(python), str(HERE / "record.py"), *sys.argv[1:]])


def _record(options: argparse.Namespace) -> int:
    from browsers import find_chromium
    from check import find_complaints
    from people import make_people, write_cast, write_people
    from servers import find_nginx
    from truth import write_truth

    find_nginx()
    if not options.without_browsers:
        find_chromium()
    options.out.mkdir(parents=True, exist_ok=True)
    people, cast = make_people(options.seed)
    write_people(people, options.out / "people.csv")
    write_cast(cast, options.out / "cast.csv")
    _say(f"people: {len(people)} in {len({person.language for person in people})} languages")

    rows, sessions, tickets, numbers, complaints = [], [], {}, {}, []
    for scenario in options.scenario or SCENARIOS:
        received, shown, used, assigned, counted = _record_scenario(scenario, options, people, cast)
        rows += shown
        sessions += used
        numbers[scenario] = counted
        for ticket in assigned:
            tickets.setdefault(ticket.issue, ticket)  # The first scenario's time is the earliest.
        complaints += find_complaints(received, shown, people, brand=cast["named like a brand"])
    write_truth(rows, options.out / "truth.csv")
    _write_sessions(sessions, options.out / "sessions.csv")
    _write_relations(tickets.values(), options.out / "relations.csv")
    (options.out / "numbers.json").write_text(
        json.dumps({"versions": _versions(options), "seed": options.seed, "scenarios": numbers}, indent=1) + "\n",
        "utf-8",
    )
    if not options.keep_work:
        shutil.rmtree(options.work, ignore_errors=True)
    size = sum(file.stat().st_size for file in options.out.iterdir())
    _say(f"done: {len(rows)} rows of truth, {size / 1e6:.1f} MB in {_near(options.out)}")
    for complaint in complaints[:20]:
        print("CHECK " + complaint, file=sys.stderr)
    if complaints:
        print(
            f"{len(complaints)} places where truth and bodies disagree; the recording must not be used", file=sys.stderr
        )
        return 1
    return 0


def _record_scenario(scenario: str, options: argparse.Namespace, people: list, cast: dict) -> tuple:
    """Record one scenario and return what was received, the truth rows, sessions, tickets and counts."""
    from browsers import browse
    from check import count_crossed
    from exchanges import write_jsonl, write_warc
    from front import listen
    from servers import serve
    from tracker_home import set_up_tracker
    from truth import Renderings, find_shown, received_by_browser, received_by_scripts
    from visitors import send_support, send_visitors

    started = time.monotonic()
    work = options.work / scenario
    _say(f"{scenario}: setting up the tracker")
    tracker = set_up_tracker(work / "home", people, options.seed, shows_contact_data=scenario == "schema-fault")
    surfers = [
        person
        for case in ("browser, first", "browser, second")
        for person in people
        if person.customer_id == cast[case]
    ]
    hars = [options.out / f"{scenario}.{name}.har" for name in ("browser-1", "browser-2")]
    visitors = _choose_visitors(people, cast, options, scenario)
    phase = len(visitors) // 6
    sessions: list = []
    fault: dict[str, str] = {}
    with serve(tracker.home, work / "servers", faulty_cache=False) as servers, listen(servers.port) as front:

        def send(some: list) -> None:
            sessions.extend(send_visitors(some, tracker, front.port, f"{options.seed} {scenario}"))

        def send_browsers() -> None:
            if not options.without_browsers:
                _say(f"{scenario}: two users with Chromium")
                sessions.extend(browse(surfers, hars, tracker, servers.port, f"{options.seed} {scenario}"))

        _say(f"{scenario}: {len(visitors)} scripted users, and Carol of support")
        if scenario == "cache-fault":
            # 1. A sixth comes before the fault; 2. most during it, with the browsers; 3. a sixth after it was mended.
            send(visitors[:phase])
            _say(f"{scenario}: the cache forgets whose page it holds")
            fault["fault from"] = _now()
            servers.set_cache(faulty=True)
            _both(send_browsers, lambda: send(visitors[phase:-phase]))
            servers.set_cache(faulty=False)
            fault["fault to"] = _now()
            _say(f"{scenario}: mended")
            send(visitors[-phase:])
        else:
            _both(send_browsers, lambda: send(visitors))
        sessions.append(send_support(tracker, front.port, curious=scenario == "schema-fault"))
        exchanges, log = list(front.exchanges), servers.folder / "access.log"
        notes = servers.notes

    in_warc = {person.customer_id for person in visitors[::EVERY_WARC]}
    parts = {f"{scenario}.jsonl.gz": [], f"{scenario}.warc.gz": []}
    who = _visitor_by_client(exchanges)
    for exchange in exchanges:
        parts[f"{scenario}.{'warc' if who[exchange.client_ip] in in_warc else 'jsonl'}.gz"].append(exchange)
    write_jsonl(parts[f"{scenario}.jsonl.gz"], options.out / f"{scenario}.jsonl.gz")
    write_warc(parts[f"{scenario}.warc.gz"], options.out / f"{scenario}.warc.gz")
    if scenario == "cache-fault":
        shutil.copyfile(log, options.out / f"{scenario}.access.log")

    renderings = Renderings(notes, tracker)
    received = [each for source, part in parts.items() for each in received_by_scripts(part, source)]
    if not options.without_browsers:
        received += [each for har, person in zip(hars, surfers) for each in received_by_browser(har, person)]
    shown = find_shown(received, renderings)
    counted = {
        "answers": {
            source: sum(each.source == source for each in received)
            for source in sorted({each.source for each in received})
        },
        "rows of truth": {
            source: sum(row.source == source for row in shown) for source in sorted({each.source for each in received})
        },
        "values that a page showed in part (in no truth)": renderings.cut,
        **count_crossed(received, shown),
        **fault,
        "seconds": round(time.monotonic() - started),
    }
    _say(
        f"{scenario}: {len(received)} answers, {counted['crossed on personal pages']} crossed fields on personal pages"
    )
    return received, shown, sessions, tracker.tickets, counted


def _choose_visitors(people: list, cast: dict, options: argparse.Namespace, scenario: str) -> list:
    """Return the awkward cases and as many others as asked for, mixed, without those who come with a browser."""
    import random

    rng = random.Random(f"{options.seed} {scenario} visitors")
    special = [
        person
        for person in people
        if person.customer_id in cast.values()
        and person.customer_id not in (cast["browser, first"], cast["browser, second"])
    ]
    others = [person for person in people if person.customer_id not in cast.values()]
    chosen = special + rng.sample(others, options.visitors - len(special))
    rng.shuffle(chosen)
    return chosen


def _visitor_by_client(exchanges: list) -> dict[str, str]:
    """Return which visitor came from which address: who signs in later is in the same file before it, as nobody."""
    return {exchange.client_ip: exchange.viewer for exchange in exchanges if exchange.viewer != "anonymous"}


def _both(one: Callable[[], None], other: Callable[[], None]) -> None:
    """Run two things at the same time, and return when both have ended; interrupted, return at once."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(1)
    try:
        running = pool.submit(one)
        other()
        running.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _write_sessions(sessions: list, path: Path) -> None:
    from datetime import timedelta

    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["cookie", "customer_id", "valid_from", "valid_to"])
        for session in sorted(sessions, key=lambda session: session.valid_from):
            rows.writerow(
                [
                    session.cookie,
                    session.viewer,
                    session.valid_from.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    (session.valid_to + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                ]
            )


def _write_relations(tickets, path: Path) -> None:
    from tracker_home import STAFF_ID

    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["viewer", "subject", "fields", "from", "to", "reason"])
        for ticket in tickets:
            rows.writerow(
                [
                    STAFF_ID,
                    ticket.customer_id,
                    "name e-mail phone address",
                    ticket.assigned_at,
                    "",
                    f"issue {ticket.issue} is assigned to her",
                ]
            )


def _versions(options: argparse.Namespace) -> dict[str, str]:
    from importlib.metadata import version

    from browsers import find_chromium
    from servers import find_nginx

    found = {
        name: version(name)
        for name in ("roundup", "gunicorn", "Faker", "phonenumbers", "playwright", "warcio", "httpx")
    }
    found["python"] = platform.python_version()
    nginx = subprocess.run([find_nginx(), "-v"], capture_output=True, text=True, check=False)
    found["nginx"] = nginx.stderr.strip().removeprefix("nginx version: nginx/")
    if not options.without_browsers:
        chromium = subprocess.run([find_chromium(), "--version"], capture_output=True, text=True, check=False)
        found["chromium"] = chromium.stdout.strip().removeprefix("Chromium ")
    return found


def _near(path: Path) -> str:
    """Return a path as seen from the project, so that messages hold nothing of the machine."""
    try:
        return str(path.resolve().relative_to(ROOT))
    except ValueError:
        return str(path)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench`: measure Spillkit beside its rivals and write the record.

In:    a subcommand (kernel, index, pipeline, all) and how long to take.
Out:   tables on the terminal; with --record also bench/record/.
Else:  nothing here passes or fails: a figure that is not met is a row in the table.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from dataclasses import replace
from typing import Any

from bench import kernel, report


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=("all", "kernel", "index", "pipeline"))
    parser.add_argument("--quick", action="store_true", help="small bodies, small directories, a few minutes")
    parser.add_argument("--large", action="store_true", help="ten million people, 10^8 fingerprints, 10 GB of input")
    parser.add_argument("--mb", type=float, help="size of the mixed corpus in MB (230; 8 with --quick)")
    parser.add_argument("--rounds", type=int, help="rounds of the interleaved runs (7; 3 with --quick)")
    parser.add_argument("--people", type=int, action="append", help="directory size; may be repeated")
    parser.add_argument("--no-rivals", action="store_true", help="only our kernel and the limit")
    parser.add_argument(
        "--part", action="append", choices=kernel.PARTS, help="only this part of kernel; may be repeated"
    )
    parser.add_argument(
        "--wait", action="store_true", help="when the rivals are built, wait for a line on standard input"
    )
    parser.add_argument("--record", action="store_true", help="write bench/record/<date>-<machine kind>.md and .json")
    options = parser.parse_args()
    command = "python -m bench " + " ".join(sys.argv[1:])
    sections = []
    if options.what in ("all", "kernel"):
        plan = kernel.QUICK if options.quick else kernel.Plan()
        changes: dict[str, Any] = {"large": options.large, "rivals": not options.no_rivals, "command": command}
        changes |= {"megabytes": options.mb} if options.mb else {}
        changes |= {"rounds": options.rounds} if options.rounds else {}
        changes |= {"sizes": tuple(options.people)} if options.people else {}
        changes |= {"parts": tuple(options.part)} if options.part else {}
        changes |= {"before_ours": _wait} if options.wait else {}
        sections.append(kernel.run(replace(plan, **changes), say=_say))
    for name in ("index", "pipeline"):
        if options.what in ("all", name):
            module = importlib.import_module(f"bench.{name}")
            sections.append(module.run(quick=options.quick, large=options.large, command=command, say=_say))
    for section in sections:
        print(f"## {section.title}\n")
        for table in section.tables:
            print(report.markdown(table))
        print(report.markdown(report.target_table(section.targets)))
    if options.record:
        print(f"written: {report.write(sections).relative_to(report.RECORDS.parents[1])}")


def _wait() -> None:
    _say("rivals are built; press Enter to measure")
    sys.stdin.readline()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

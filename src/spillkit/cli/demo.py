"""`spillkit demo`: play a real shop with a real fault, then answer what happened."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spillkit.cli import Context
from spillkit.cli.demo_notices import tell_people
from spillkit.cli.serve import NOT_INSTALLED, is_installed
from spillkit.errors import InputError

if TYPE_CHECKING:
    from spillkit_shop.driver import Story
    from spillkit_shop.live import Live
    from spillkit_shop.scenario import Scenario

TECHNICAL_ERROR = "technical-error"
_MARK = ".spillkit-demo"  # in a folder that a demo made, and that the next one may therefore replace
_WORKSPACE = "spill"


@click.command()
@click.argument("story", default=TECHNICAL_ERROR, metavar="[STORY]")
@click.option("--list", "lists", is_flag=True, help="Name every story and what is wrong in it.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("spill-demo"),
    show_default=True,
    help="Where recordings, workspace and report go.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed plays other people.")
@click.option(
    "--customers",
    type=click.IntRange(1000, 100_000),
    default=20_000,
    show_default=True,
    help=f"Of {TECHNICAL_ERROR}: how many people have an account.",
)
@click.option(
    "--tell/--no-tell",
    "tells",
    default=None,
    help=f"Tell the people: two decide, and mails go into a Maildir. Default: of {TECHNICAL_ERROR}.",
)
@click.option("--open/--no-open", "opens", default=None, help="Open the report in a browser. Default: on a desktop.")
@click.option(
    "--serve/--no-serve",
    "serves",
    default=None,
    help="End with the incident room open, until Ctrl-C. Default: where somebody sits at a terminal.",
)
@click.pass_obj
def command(
    context: Context,
    story: str,
    lists: bool,
    folder: Path,
    seed: int,
    customers: int,
    tells: bool | None,
    opens: bool | None,
    serves: bool | None,
) -> int:
    """Play a leaking shop over real HTTP, then find out what it showed to whom, why, and whether it is fixed.

    STORY is technical-error (a day of a shop with 20,000 customers in six countries, and 52 minutes of a faulty cache) or the name
    of a fault. Nobody in it exists; the shop, its fault and its traffic are real. Nothing leaves this machine.

    \b
    Examples:
      spillkit demo technical-error
      spillkit demo technical-error --no-serve
      spillkit demo --list
      spillkit demo request_race --folder /tmp/race
    """
    try:
        from spillkit_shop.faults import FAULTS
    except ImportError as error:
        raise InputError(_NOT_INSTALLED) from error
    if lists:
        _print_list(context)
        return 0
    if story != TECHNICAL_ERROR and story not in FAULTS:
        raise InputError(
            f"There is no such story. `spillkit demo --list` names them: {TECHNICAL_ERROR}, {', '.join(FAULTS)}."
        )
    began = time.monotonic()
    _make_folder(folder)
    telling = _Telling(context, folder, began)
    wants_browser = _wants_browser(opens)
    wants_telling = tells if tells is not None else story == TECHNICAL_ERROR and is_installed()
    code = telling.tell(story, seed, customers, wants_browser, tells=wants_telling)
    if code != 0 or not (serves if serves is not None else sys.stdin.isatty() and sys.stdout.isatty()):
        return code
    if serves is None and not is_installed():
        context.console.print(f"\n{NOT_INSTALLED}")
        return 0
    return telling.open_room(wants_browser)


_NOT_INSTALLED = "The shop of the demo is not installed. Install it with: pip install 'spillkit[demo]'"


def _print_list(context: Context) -> None:
    from rich.table import Table
    from rich.text import Text

    from spillkit_shop.faults import FAULTS

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("", "story", "what is wrong", "as happened at"):
        table.add_column(title)
    table.add_row("", TECHNICAL_ERROR, "A whole day; for 52 minutes fault 1 is on.", "")
    for fault in FAULTS.values():
        table.add_row(str(fault.number), fault.name, Text(fault.words), Text(fault.incident))
    context.console.print(table)


def _make_folder(folder: Path) -> None:
    """Make the demo's folder, in place of one that a demo made before; never of another."""
    try:
        if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
            raise InputError(f"{folder}: holds something else than a demo. Name another with --folder.")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / _MARK).touch()
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror}). Name another with --folder.") from error


def _wants_browser(asked: bool | None) -> bool:
    if asked is not None:
        return asked
    return sys.stdout.isatty() and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class _Telling:
    """Tells one story, from the first request to the report."""

    def __init__(self, context: Context, folder: Path, began: float) -> None:
        self._context = context
        self._folder = folder
        self._began = began

    def tell(self, name: str, seed: int, customers: int, opens: bool, *, tells: bool) -> int:
        """Play, find, check, report; return the exit code of the first command that failed."""
        from spillkit_shop.stories import day_story, story_for

        scenario = day_story(seed, customers) if name == TECHNICAL_ERROR else story_for(name, seed)
        self._say(_opening(name, scenario))
        played = self._play(scenario)
        self._say(
            f"The shop sent {played.exchanges:,} answers and {played.messages:,} messages. Who was shown whose data?"
        )
        recordings = [
            self._folder / file for file in ("traffic.jsonl", "mail.mbox") if (self._folder / file).stat().st_size
        ]
        orders = self._folder / "orders.csv"
        report = self._folder / "report.html"
        for step in (
            ("init",),
            ("people", "add", str(self._folder / "people.csv"), "--tokens", f"order={orders}:order_no,customer_id"),
            ("scan", *map(str, recordings), "--viewer-from", f"cookie:shop_session,{self._folder / 'sessions.csv'}"),
            ("cause", "1", "--changes", str(self._folder / "changes.csv")),
        ):
            if code := self._run(*step):
                return code
            if step == ("init",):
                self._write_rules()
        if name != "insider":
            self._verify(scenario)
        if code := self._run("measure", "--html", str(report)):
            return code
        self._say(self._check_against_truth())
        if tells and (code := tell_people(self._folder, self._run_beside, self._say)):
            return code
        self._say(f"Done in {time.monotonic() - self._began:.0f} s. Open the report: {report}")
        if opens:
            click.launch(str(report))
        return 0

    def open_room(self, opens: bool) -> int:
        """Open the incident room on what was found; it stays open until Ctrl-C."""
        self._say(
            "Now to what is to be done: the incident room. Its first link makes your account and opens incident 1."
        )
        return self._run("serve", "--incident", "1", "--open" if opens else "--no-open")

    def _play(self, scenario: Scenario) -> Story:
        from spillkit_shop.driver import play

        with _bar(self._context, "playing the day over HTTP") as advance:
            return play(scenario, self._folder, advance)

    def _write_rules(self) -> None:
        """Give the workspace the company's rules and their tables."""
        for name in ("rules.toml", "relations.csv", "tickets.csv", "entities.toml"):
            shutil.copy(self._folder / name, self._folder / _WORKSPACE / name)
        self._say(f"The company's rules of who may see whom are {self._folder / _WORKSPACE / 'rules.toml'}.")

    def _verify(self, scenario: Scenario) -> None:
        """Ask the repaired shop again, as two of its customers, and look at what was recorded since."""
        from spillkit_shop.live import live_shop

        with live_shop(customers=scenario.customers, seed=scenario.seed, locales=scenario.locales) as live:
            identities = self._folder / "identities.toml"
            identities.write_text(_identities(live), encoding="utf-8")
            self._say("The fault was switched off. Is it really fixed? Two test customers ask the shop again.")
            # Not proven is an answer too: the story goes on, and the report says what is missing.
            self._run("fix", "verify", "--base-url", live.base_url, "--identities", str(identities), "--rate", "200")

    def _check_against_truth(self) -> str:
        """The shop noted itself whom it showed to whom; nothing of that was known to anything above."""
        from spillkit.ledger import Ledger

        told = _pairs_of_truth(self._folder / "truth.csv")
        ledger = Ledger(self._folder / _WORKSPACE / "ledger")
        rows = ledger.query("SELECT DISTINCT viewer, subject FROM exposures WHERE evidence = 'confirmed'").to_pylist()
        found = {(row["viewer"], row["subject"]) for row in rows}
        people = len({subject for _, subject in told})
        return (
            f"The shop's own truth, which nothing above could read: {people:,} people shown in {len(told):,} pairs of viewer and "
            f"subject. Confirmed by Spillkit: {len(found & told):,} of these, and {len(found - told):,} others."
        )

    def _run(self, *arguments: str) -> int:
        """Print a command as one would type it, run it, and return its exit code."""
        from spillkit.cli import main

        workspace = self._folder / _WORKSPACE
        self._context.console.print(f"\n$ spillkit -w {workspace} {' '.join(arguments)}", style="bold")
        sys.stdout.flush()
        code = main(["-w", str(workspace), *arguments])
        sys.stdout.flush()
        return code

    def _run_beside(self, workspace: Path, *arguments: str, quiet: bool = False, **settings: str) -> int:
        """The same in a process of its own, which may become another program; with settings in its environment."""
        given = " ".join(f"{name}='{value}' " for name, value in settings.items())
        self._context.console.print(f"\n$ {given}spillkit -w {workspace} {' '.join(arguments)}", style="bold")
        sys.stdout.flush()
        command = [sys.executable, "-m", "spillkit", "-w", str(workspace), *arguments]
        unseen = subprocess.DEVNULL if quiet else None
        return subprocess.run(command, env=os.environ | settings, stdout=unseen, stderr=unseen, check=False).returncode

    def _say(self, words: str) -> None:
        self._context.console.print(f"\n{words}", style="italic")


def _opening(name: str, scenario: Scenario) -> str:
    from spillkit_shop.faults import FAULTS

    if name == TECHNICAL_ERROR:
        return (
            f"{scenario.start:%A, %-d %B %Y}. A shop has {scenario.customers:,} customers in six countries. Before noon somebody "
            "changes a rule of the cache in front of it."
        )
    return f"A shop has {scenario.customers:,} customers. {FAULTS[name].words}"


def _identities(live: Live) -> str:
    """Two customers of the shop who test it: passwords stand in the environment, as they would in CI."""
    parts = ["version = 1"]
    for place, customer in enumerate(live.ordinary_customers(2), 1):
        mail, password = f"SPILLKIT_DEMO_MAIL_{place}", f"SPILLKIT_DEMO_PASSWORD_{place}"
        os.environ[mail], os.environ[password] = customer.email, live.password(customer)
        parts.append(
            f'[[identity]]\nname = "tester-{place}"\nsubject = "{customer.id}"\nown = ["/account", "/orders"]\n'
            f'login = {{ path = "/login", fields = {{ email = {{ env = "{mail}" }}, password = {{ env = "{password}" }} }} }}'
        )
    return "\n\n".join(parts) + "\n"


def _pairs_of_truth(path: Path) -> set[tuple[str, str]]:
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        return {(row["viewer"], row["subject"]) for row in csv.DictReader(file) if row["fault"]}


@contextmanager
def _bar(context: Context, words: str) -> Iterator[Callable[[float], None]]:
    """A progress bar for a share from 0 to 1."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=context.progress, transient=True) as progress:
        bar = progress.add_task(words, total=1.0)
        yield lambda share: progress.update(bar, completed=share)

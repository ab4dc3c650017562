"""pytest's side of the guard: the fixture `spillkit_guard`, and a test that fails when one person sees another's data.

In:    pytest's settings, options and markers.
Out:   failed tests, a summary, SARIF, annotations, properties for JUnit.
Else:  watching and judging are `guard`; what is written is `outputs`. docs/how-to/guard-your-tests.md shows it at work.

pytest loads this module in every run where Spillkit is installed: it imports nothing heavy until the fixture is used.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from spillkit.guard.guard import Ground, Guard
    from spillkit.guard.judging import Allowance
    from spillkit.guard.leaks import Leak, Tally

_GUARD: pytest.StashKey[Guard] = pytest.StashKey()
_FOUND: pytest.StashKey[tuple[Tally, list[Leak]]] = pytest.StashKey()
_WORKER_KEY = "spillkit_guard"
_RULES, _PEOPLE, _LOCALES = "spillkit_rules", "spillkit_people", "spillkit_locales"
_MARKER = (
    'spillkit_allows(*fields, route="GET /reviews*", viewer=2, subject=1, reason="…"): '
    "what one person may see of another in this test; reason is needed, the rest narrows it"
)


class SpillkitWarning(pytest.PytestWarning):
    """A test used the guard, and the guard had nothing to look at."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("spillkit", "who is shown whose data")
    group.addoption("--spillkit-sarif", metavar="FILE", help="write what the guard found as SARIF")
    group.addoption(
        "--spillkit-annotations",
        action="store_true",
        help="print GitHub annotations; by itself where GITHUB_ACTIONS is set",
    )
    parser.addini(_RULES, "rules of who may see whom, as docs/how-to/write-rules.md shows them", type="string")
    parser.addini(
        _PEOPLE, "planted people, as `spillkit plant --csv` wrote them; by default twelve are made", type="string"
    )
    parser.addini(_LOCALES, "locales of the planted people, such as fr_FR ar_EG", type="args")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def _spillkit_ground(pytestconfig: pytest.Config) -> Ground:
    """Build the index of planted people, once for a run."""
    from spillkit.errors import SpillkitError
    from spillkit.guard.guard import prepare
    from spillkit.plant import DEFAULT_LOCALES, plant_people
    from spillkit.plant.files import read_people

    rules, people = str(pytestconfig.getini(_RULES) or ""), str(pytestconfig.getini(_PEOPLE) or "")
    root = pytestconfig.rootpath
    try:
        planted = (
            read_people(root / people) if people else plant_people(12, pytestconfig.getini(_LOCALES) or DEFAULT_LOCALES)
        )
        return prepare(planted, root / rules if rules else None)
    except SpillkitError as error:
        raise pytest.UsageError(f"spillkit: {error}") from None


@pytest.fixture
def spillkit_guard(request: pytest.FixtureRequest, _spillkit_ground: Ground) -> Iterator[Guard]:
    """Watch the clients of this test; it fails if a planted person is shown another's data."""
    from spillkit.guard.guard import Guard

    guard = Guard(_spillkit_ground, [_allowance(marker) for marker in request.node.iter_markers("spillkit_allows")])
    request.node.stash[_GUARD] = guard
    yield guard
    known = len(request.node.stash[_GUARD].exposures()) if _is_judged(request.node) else 0
    leaks = guard.finish()[known:]
    if leaks:  # Received after the test's own end, by fixtures that were torn down before this one.
        _note(request.node, guard, leaks)
        pytest.fail(_report(leaks), pytrace=False)


_JUDGED = pytest.StashKey[bool]()


def _is_judged(item: pytest.Item) -> bool:
    return item.stash.get(_JUDGED, False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Judge what the test's clients received, as part of the test: whatever is found makes it fail."""
    try:
        result = yield
    except BaseException:
        guard = item.stash.get(_GUARD, None)
        if guard is not None:
            leaks = _judge(item, guard)
            if leaks:  # The test's own failure stays the failure; this stands beside it.
                item.add_report_section("call", "spillkit", _report(leaks))
        raise
    guard = item.stash.get(_GUARD, None)
    if guard is not None:
        leaks = _judge(item, guard)
        if leaks:
            pytest.fail(_report(leaks), pytrace=False)
        if guard.has_watched and guard.tally.answers == 0:
            item.warn(
                SpillkitWarning(
                    "spillkit_guard watched a client, and 0 answers were looked at: the client was not used."
                )
            )
    return result


def _judge(item: pytest.Item, guard: Guard) -> tuple[Leak, ...]:
    leaks = guard.exposures()
    item.stash[_JUDGED] = True
    _note(item, guard, leaks)
    return leaks


def _note(item: pytest.Item, guard: Guard, leaks: tuple[Leak, ...]) -> None:
    """Add what a test gave to what the run gave."""
    from dataclasses import replace

    from spillkit.guard.leaks import Tally

    found = item.config.stash.setdefault(_FOUND, (Tally(), []))
    if not any(name == "spillkit_answers" for name, _ in item.user_properties):
        guard.tally.tests = 1
        found[0].add(guard.tally)
        item.user_properties.append(("spillkit_answers", guard.tally.answers))
    file, line, _ = item.location
    placed = [replace(leak, test=item.nodeid, file=file, line=(line or 0) + 1) for leak in leaks]
    found[1].extend(placed)
    item.user_properties.extend(("spillkit_exposure", leak.sentence) for leak in placed)


def _report(leaks: tuple[Leak, ...]) -> str:
    more = f" (and {len(leaks) - 1} more)" if len(leaks) > 1 else ""
    return "\n".join((f"spillkit: {leaks[0].sentence}{more}", "", *(leak.words for leak in leaks)))


def _allowance(marker: pytest.Mark) -> Allowance:
    from spillkit.entitlement.routes import RouteGlob
    from spillkit.guard.judging import Allowance
    from spillkit.model import Field

    known = {"route", "viewer", "subject", "reason"}
    if set(marker.kwargs) - known or not marker.kwargs.get("reason"):
        raise pytest.UsageError(
            f"spillkit_allows needs reason=… and knows {', '.join(sorted(known))} beside the fields."
        )
    try:
        fields = frozenset(Field.of_label(str(label)).label for label in marker.args)
        route = RouteGlob.of_text(str(marker.kwargs["route"])) if "route" in marker.kwargs else None
    except ValueError as error:
        raise pytest.UsageError(f"spillkit_allows: {error}") from None
    return Allowance(fields, route, marker.kwargs.get("viewer"), marker.kwargs.get("subject"), marker.kwargs["reason"])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    """Take over what a worker of pytest-xdist found."""
    from spillkit.guard.leaks import Tally, from_plain

    plain = getattr(node, "workeroutput", {}).get(_WORKER_KEY)
    if plain is not None:
        tally, leaks = from_plain(plain)
        found = node.config.stash.setdefault(_FOUND, (Tally(), []))
        found[0].add(tally)
        found[1].extend(leaks)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over to the main process, or write the files; a run that looked at nothing has not passed."""
    found = session.config.stash.get(_FOUND, None)
    if hasattr(session.config, "workeroutput"):
        if found is not None:
            from spillkit.guard.leaks import to_plain

            session.config.workeroutput[_WORKER_KEY] = to_plain(*found)
        return
    sarif = session.config.getoption("--spillkit-sarif")
    if sarif:
        from spillkit.guard.outputs import write_sarif

        write_sarif(sarif, found[1] if found is not None else [])
    if found is not None and found[0].answers == 0 and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what was looked at."""
    found = config.stash.get(_FOUND, None)
    if found is None:
        return
    from spillkit.guard.outputs import annotation_lines, summary_lines, wants_annotations

    terminalreporter.section("spillkit")
    for line, is_bad in summary_lines(*found):
        terminalreporter.write_line(line, red=is_bad)
    if wants_annotations(config.getoption("--spillkit-annotations")):
        for line in annotation_lines(found[1]):
            terminalreporter.write_line(line)

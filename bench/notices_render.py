"""`python -m bench.notices_render`: how many notices a second one core writes, as text and HTML.

In:    a story, a letterhead, people whose names, times, fields and viewers differ; languages.
Out:   a table: the fast way, and the plain way beside it, for one language, another script, and two languages in one notice.
Else:  that both write the same is tests/notices/test_render.py; signing is measured elsewhere. Nothing here passes or fails.

The bar of issue 5 is rendered and signed ≥ 1,000 a second on a core; the part of rendering was set at 3,000.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from tests.notices.written import LETTERHEAD, story

from bench.report import machine
from spillkit.model import SubjectId
from spillkit.notices.reader import Reader
from spillkit.notices.render import Rendered, Renderer
from spillkit.notices.told import Kind, Told

NOTICES = 20_000
PLAIN = 400
ROUNDS = 5
FIELDS = ("name", "e-mail", "phone", "address", "order", "session")
STORY = story(campaign="bench")
Person = tuple[Told, str, Reader]


def people(languages: tuple[str, ...], count: int) -> list[Person]:
    """People of whom no two are told the same: 63 sets of fields, 18 days of minutes, one to forty viewers."""
    chance = random.Random(5)
    found = []
    for number in range(count):
        first = datetime(2026, 11, 2, 12, tzinfo=UTC) + timedelta(minutes=chance.randrange(18 * 24 * 60))
        told = Told(
            id=f"N{number}",
            subjects=(SubjectId(f"c_{number}"),),
            kind=Kind.AFFECTED,
            entity="lu",
            country="LU",
            languages=languages,
            fields=tuple(field for place, field in enumerate(FIELDS) if (number % 63 + 1) >> place & 1),
            first_at=first,
            last_at=first + timedelta(minutes=chance.randrange(3000)),
            viewers=(("crawler", 1), ("subject", chance.randrange(1, 40))),
        )
        found.append((told, f"7K3MQ-{number:05}-ABCDE", Reader(f"Alizée {number} Marchetti-Okonkwo")))
    return found


def main() -> None:
    """Measure and print."""
    print("\n".join(f"{name}: {value}" for name, value in machine().items()), end="\n\n")
    print(
        "| languages | notices/s, median | worst of rounds | with empty shelf | plain notices/s | text bytes | HTML bytes |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    for languages in (("en",), ("ar",), ("ja",), ("en", "fr")):
        persons = people(languages, NOTICES)
        renderer = Renderer(STORY, LETTERHEAD)
        cold, _ = _rate(renderer.render, persons)
        rates = sorted(_rate(renderer.render, persons)[0] for _ in range(ROUNDS))
        plain, _ = _rate(renderer.plain, persons[:PLAIN])
        _, last = _rate(renderer.render, persons[:1])
        print(
            f"| {' + '.join(languages)} | {rates[len(rates) // 2]:,.0f} | {rates[0]:,.0f} | {cold:,.0f} | {plain:,.0f} "
            f"| {len(last.text.encode()):,} | {len(last.html.encode()):,} |"
        )


def _rate(write: Callable[[Told, str, Reader], Rendered], persons: Sequence[Person]) -> tuple[float, Rendered]:
    """Return how many a second of processor time, and the last of them."""
    start = time.process_time()
    for person in persons:
        last = write(*person)
    return len(persons) / (time.process_time() - start), last


if __name__ == "__main__":
    main()

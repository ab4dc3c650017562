"""Look at a recording with other eyes: is what the truth says really in the bodies, and is nothing there that it does not say?

In:    received bodies, truth rows, people.
Out:   counts, and complaints that point by file, entry and customer id.
Else:  the truth itself never looks at text (`truth`); this is a check of it by the cheap means of searching for the value.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable

from people import Person
from truth import Received, Shown

OWN_PAGES = re.compile(
    r"/(account|rest/me|user\d+|rest/data/user(/\d+)?)$"
)  # routes where only one's own contact data is expected


def find_complaints(received: Iterable[Received], rows: Iterable[Shown], people: list[Person], brand: str) -> list[str]:
    """Return what truth and bodies disagree about, one sentence each; empty where they agree.

    brand    id of the customer who is named like a thing: an issue talks about the thing, and that is no rendering of hers
    """
    complaints = []
    by_exchange: dict[tuple[str, int], set[tuple[str, str]]] = {}
    for row in rows:
        by_exchange.setdefault((row.source, row.entry), set()).add((row.subject, row.field))
    for each in received:
        said = by_exchange.get((each.source, each.entry), set())
        text = _plain(each.body)
        where = f"{each.source}, entry {each.entry}"
        if re.search("[\ue000-\ue03f]", text):
            complaints.append(f"{where}: a mark was left in the body")
        names_said = {person.shown_name for person in people if (person.customer_id, "name") in said}
        for person in people:
            for field, values in _values(person).items():
                there = all(value in text for value in values)
                told = (person.customer_id, field) in said
                if told and not there:
                    complaints.append(f"{where}: the truth has {field} of {person.customer_id}, the body has not")
                elif there and not told and field in ("e-mail", "phone"):
                    complaints.append(f"{where}: the body has {field} of {person.customer_id}, the truth has not")
                elif (
                    there
                    and not told
                    and field == "name"
                    and len(person.shown_name) > 4
                    and person.customer_id != brand
                    and person.shown_name not in names_said
                ):
                    complaints.append(f"{where}: the body has name of {person.customer_id}, the truth has not")
    return complaints


def count_crossed(received: Iterable[Received], rows: Iterable[Shown]) -> dict[str, int | dict[str, int]]:
    """Count renderings that reached another customer, or nobody in particular, than the one they are about (staff left out)."""
    path_of = {(each.source, each.entry): each.path for each in received}
    crossed = [row for row in rows if row.viewer != row.subject and not row.viewer.startswith("staff_")]
    contact = [row for row in crossed if row.field != "name"]
    personal = [
        row
        for row in crossed
        if OWN_PAGES.match(path_of[row.source, row.entry])
        and (row.field != "name" or path_of[row.source, row.entry] in ("/account", "/rest/me"))
    ]
    return {
        "crossed, names on pages that show names by design included": len(crossed),
        "crossed e-mail, phone, address": len(contact),
        "crossed on personal pages": len(personal),
        "subjects crossed on personal pages": len({row.subject for row in personal}),
        "viewers of crossed personal pages": len({row.viewer for row in personal}),
        "browser viewers of crossed personal pages": len(
            {row.viewer for row in personal if row.source.endswith(".har")}
        ),
        "crossed on personal pages by field": dict(sorted(Counter(row.field for row in personal).items())),
    }


def _plain(body: str) -> str:
    unescaped = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), body.replace('\\"', '"'))
    return html.unescape(unescaped)


def _values(person: Person) -> dict[str, tuple[str, ...]]:
    return {
        "name": (person.shown_name,),
        "e-mail": (person.email,),
        "phone": (person.shown_phone,),
        "address": (person.street, person.postcode, person.city),
    }

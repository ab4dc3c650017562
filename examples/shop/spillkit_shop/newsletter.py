"""The newsletter (fault 10, mail_cc and mail_shift).

In:    the people it goes to, in the order of the list.
Out:   one message for each.
Else:  writing and sending a message is `mailer`.

With mail_cc on, one message goes to a hundred addresses that all stand in To, as at 56 Dean Street in 2015. With
mail_shift on, from one row on each message is filled with the row before: the list of names lost a line that the list
of addresses kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from spillkit_shop.mailer import address_of, connected, mailbox, message
from spillkit_shop.persons import Person
from spillkit_shop.texts import language_for, words
from spillkit_shop.worker import Worker

BATCH = 100


async def send_newsletter(worker: Worker, people: Sequence[Person]) -> int:
    """Send the newsletter; return how many messages were sent."""
    if worker.is_on("mail_cc"):
        return await _send_batches(worker, people)
    rows = merged(people, _first_wrong_row(worker, len(people)))
    async with connected(worker.shared) as line:
        for person, filled_with in zip(people, rows):
            language = language_for(person.language, "")
            t = words()[language]
            body = "\n".join(
                [
                    f"{t['dear']} {filled_with.name},",
                    "",
                    t["mail_body"],
                    filled_with.email,
                    filled_with.address,
                    "",
                    t["shop"],
                ]
            )
            text = message([mailbox(person)], t["mail_news"], body, language, worker.now())
            await line.send([address_of(worker.store, person.number)], text)
    return len(people)


def merged(people: Sequence[Person], first_wrong: int | None) -> list[Person]:
    """Return the person each message is filled with.

    first_wrong  the row from which on it is the row before; None: never. Row 0 has none before it and is right
    """
    return [
        people[place - 1] if first_wrong is not None and place >= max(first_wrong, 1) else person
        for place, person in enumerate(people)
    ]


def _first_wrong_row(worker: Worker, rows: int) -> int | None:
    window = worker.switches.window("mail_shift", worker.now())
    if window is None:
        return None
    return window.first_row or rows // 3


async def _send_batches(worker: Worker, people: Sequence[Person]) -> int:
    sent = 0
    t = words()["en"]
    async with connected(worker.shared) as line:
        for start in range(0, len(people), BATCH):
            batch = people[start : start + BATCH]
            body = f"{t['dear']},\n\n{t['tagline']}\n\n{t['shop']}"
            text = message(map(mailbox, batch), t["mail_news"], body, "en", worker.now())
            await line.send([address_of(worker.store, person.number) for person in batch], text)
            sent += 1
    return sent

"""A shop that showed customers each other's pages, and one customer of it who is told: what the tests of texts write from."""

from __future__ import annotations

from datetime import UTC, date, datetime

from spillkit.model import SubjectId
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.story import Done, Nature, Story
from spillkit.notices.told import Kind, Told

CODE = "7K3MQ-9QX2T-ABCDE"
ALL_FIELDS = (
    "name", "e-mail", "phone", "address", "customer-id", "order", "document", "device", "session", "token", "rendered-for",
)  # fmt: skip

LETTERHEAD = Letterhead(
    entity="lu",
    name="Shop Europe S.à r.l.",
    brand="Shop",
    sender="notices@shop.example",
    domain="shop.example",
    check_at="shop.example/check",
    contact="privacy@shop.example",
    contact_hours={"en": "Monday to Friday, 9 to 17", "ar": "من الاثنين إلى الجمعة"},
    postal=("17 rue des Tisserands", "2338 Luxembourg"),
    officer="Data protection office",
    languages=("en", "fr"),
)


def story(**more: object) -> Story:
    return Story(
        **{
            "campaign": "2026-11-cache",
            "nature": Nature.SHOWN_TO_CUSTOMERS,
            "known_on": date(2026, 11, 20),
            "first_at": datetime(2026, 11, 2, 12, 0, tzinfo=UTC),
            "last_at": datetime(2026, 11, 20, 17, 20, tzinfo=UTC),
            "people_confirmed": 988,
            "people_upper": 1014,
            "done": ((Done.STOPPED, date(2026, 11, 20)), (Done.AUTHORITY_TOLD, date(2026, 11, 21))),
            "next_word_on": date(2026, 12, 4),
            "stated_at": "shop.example/statement",
            "zone": "Europe/Luxembourg",
            **more,
        }
    )


def told(*languages: str, **more: object) -> Told:
    return Told(
        **{
            "id": "N7Q3",
            "subjects": (SubjectId("c_8f2a91"),),
            "kind": Kind.AFFECTED,
            "entity": "lu",
            "country": "LU",
            "languages": languages or ("en",),
            "fields": ("name", "e-mail"),
            "first_at": datetime(2026, 11, 3, 8, 1, tzinfo=UTC),
            "last_at": datetime(2026, 11, 4, 9, 7, tzinfo=UTC),
            "viewers": (("subject", 3),),
            **more,
        }
    )

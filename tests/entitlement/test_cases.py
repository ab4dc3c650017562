"""Who may see whom, case by case: both deciders, every case of issue 2 ("done when", 3)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from spillkit.entitlement import find_exposures, parse_rules
from tests.entitlement.sightings import Seen, table, verdicts
from tests.world import ALICE, BOB, CAROL, MALLORY, NOON

A, B = ALICE.id, BOB.id
SENIOR, JUNIOR, ROSSI = "c_senior", "c_junior", "c_rossi_3"
HOUR = timedelta(hours=1)

RULES = """
version = 1
infer_viewers = true

[[public]]
id = "review-names"
route = "GET /product/*/reviews"
fields = ["name"]
reason = "reviewers choose to show their name"

[[roles]]
id = "fraud-desk"
kind = "staff"
viewers = ["fraud-1"]
fields = ["*"]
route = "* /backoffice/*"
reason = "the fraud desk checks every account"

[[roles]]
id = "courier"
kind = "partner"
viewers = ["parcels"]
fields = ["name", "address"]
route = "GET /api/labels*"
reason = "labels are printed by the courier"

[[roles]]
id = "tickets"
kind = "staff"
table = "tickets.csv"
fields = ["name", "e-mail", "phone"]
reason = "the ticket is assigned to her"

[[relations]]
id = "seller"
table = "orders.csv"
fields = ["name", "address"]
reason = "sells to this buyer"

[[relations]]
id = "household"
table = "household.csv"
symmetric = true
fields = ["*"]
reason = "one household account"

[[relations]]
id = "declared"
table = "declared.csv"
"""
TABLES = {
    "tickets.csv": "viewer,subject,from,to\n"
    f"carol,{A},2026-11-02T11:00:00Z,2026-11-02T13:00:00Z\n"
    f"carol,{B},2026-10-01,2026-10-31\n",
    "orders.csv": f"viewer,subject\nc_seller,{A}\n",
    "household.csv": f"viewer,subject\n{SENIOR},c_partner\n",
    "declared.csv": "viewer,subject,fields,from,to,reason\n"
    f"c_receiver,{A},name,2026-11-02,2026-11-02,a gift names the giver\n"
    f"c_carer,{A},*,2026-01-01,,has power of attorney\n"
    f"c_payer,{B},name;customer-id,,,pays by transfer\n",
}

EXPOSED, POSSIBLE, UNDECIDED = "exposure confirmed", "exposure possible", "undecided"
MAY = "entitled by "

# name: (what is judged first, the other sightings of the same answers, verdict)
CASES: dict[str, tuple[Seen, list[Seen], str]] = {
    "Alice sees her own e-mail address": (Seen(A), [], MAY + "self"),
    "Bob is shown the page cached for Alice": (Seen(B), [], EXPOSED),
    "Bob is shown a name alone": (Seen(B, field="name", evidence="possible"), [], POSSIBLE),
    "the seller sees the buyer's name": (Seen("c_seller", field="name"), [], MAY + "seller"),
    "the seller sees the buyer's address": (Seen("c_seller", field="address"), [], MAY + "seller"),
    "the seller is shown the buyer's e-mail address": (Seen("c_seller", field="e-mail"), [], EXPOSED),
    "the buyer is shown the seller's name, which nobody declared": (Seen(A, "c_seller", "name"), [], EXPOSED),
    "a review shows its writer's name to a customer": (
        Seen(B, field="name", route="/product/{n}/reviews"), [], MAY + "review-names",
    ),
    "a review shows its writer's name to a signed-out visitor": (
        Seen("anonymous", field="name", kind="anonymous", route="/product/{n}/reviews"), [], MAY + "review-names",
    ),
    "a review shows its writer's name to nobody knows whom": (
        Seen("unknown", field="name", kind="unknown", route="/product/{n}/reviews"), [], MAY + "review-names",
    ),
    "a review shows its writer's e-mail address": (Seen(B, route="/product/{n}/reviews"), [], EXPOSED),
    "names are public on reviews, not on orders": (Seen(B, field="name", route="/orders/{n}"), [], EXPOSED),
    "names are public when reviews are read, not when they are posted": (
        Seen(B, field="name", method="POST", route="/product/{n}/reviews"), [], EXPOSED,
    ),
    "Carol of support has a ticket of Alice": (Seen(CAROL, kind="staff"), [], MAY + "tickets"),
    "Carol sees an address that her ticket does not cover": (Seen(CAROL, kind="staff", field="address"), [], EXPOSED),
    "Carol looks before the ticket is hers": (Seen(CAROL, kind="staff", at=NOON - HOUR - HOUR), [], EXPOSED),
    "Carol looks in the moment the ticket becomes hers": (Seen(CAROL, kind="staff", at=NOON - HOUR), [], MAY + "tickets"),
    "Carol looks in the moment the ticket is closed": (Seen(CAROL, kind="staff", at=NOON + HOUR), [], EXPOSED),
    "Carol's ticket of Bob expired on the last of October": (Seen(CAROL, B, kind="staff"), [], EXPOSED),
    "on the last of October Carol's ticket of Bob still held": (
        Seen(CAROL, B, kind="staff", at=NOON.replace(month=10, day=31)), [], MAY + "tickets",
    ),
    "Mallory of support has no ticket": (Seen(MALLORY, kind="staff"), [], EXPOSED),
    "a customer who is called like Carol has not her tickets": (Seen(CAROL, kind="subject"), [], EXPOSED),
    "the fraud desk sees everybody in the back office": (
        Seen("staff:fraud-1", kind="staff", route="/backoffice/accounts/{n}"), [], MAY + "fraud-desk",
    ),
    "the fraud desk has no right outside the back office": (Seen("staff:fraud-1", kind="staff"), [], EXPOSED),
    "other staff have no right in the back office": (
        Seen(MALLORY, kind="staff", route="/backoffice/accounts/{n}"), [], EXPOSED,
    ),
    "the courier prints a label": (
        Seen("partner:parcels", kind="partner", field="address", route="/api/labels"), [], MAY + "courier",
    ),
    "the courier is sent a phone number": (
        Seen("partner:parcels", kind="partner", field="phone", route="/api/labels"), [], EXPOSED,
    ),
    "another partner is sent a label": (Seen("partner:ads", kind="partner", field="address", route="/api/labels"), [], EXPOSED),
    "a gift names the giver on the day": (Seen("c_receiver", field="name", at=NOON + 11 * HOUR), [], MAY + "declared"),
    "a gift names the giver the day after": (Seen("c_receiver", field="name", at=NOON + 12 * HOUR), [], EXPOSED),
    "a gift shows the giver's address": (Seen("c_receiver", field="address"), [], EXPOSED),
    "a carer has access to everything": (Seen("c_carer", field="document"), [], MAY + "declared"),
    "access through a carer holds for a stamped page too": (Seen("c_carer", field="rendered-for", start=0), [], MAY + "declared"),
    "whoever pays sees name and customer number": (Seen("c_payer", B, "customer-id"), [], MAY + "declared"),
    "one partner of a household sees the other": (Seen("c_partner", SENIOR, "phone"), [], MAY + "household"),
    "the household is declared one way and holds both ways": (Seen(SENIOR, "c_partner", "phone"), [], MAY + "household"),
    "two of one name in one household: the father sees his own name": (
        Seen(SENIOR, JUNIOR, "name", evidence="possible", bearers=2),
        [Seen(SENIOR, SENIOR, "name", evidence="possible", bearers=2)],
        MAY + "self-namesake",
    ),
    "the shared landline of a household is the viewer's own": (
        Seen(JUNIOR, SENIOR, "phone", evidence="possible", bearers=2),
        [Seen(JUNIOR, JUNIOR, "phone", evidence="possible", bearers=2)],
        MAY + "self-namesake",
    ),
    "the son's own mailbox is shown to the father of the same name": (
        Seen(SENIOR, JUNIOR, "e-mail"),
        [Seen(SENIOR, JUNIOR, "name", bearers=2), Seen(SENIOR, SENIOR, "name", evidence="possible", bearers=2)],
        EXPOSED,
    ),
    "a namesake is certain by a second field, the viewer is not": (
        Seen(SENIOR, JUNIOR, "name", bearers=2),
        [Seen(SENIOR, SENIOR, "name", evidence="possible", bearers=2)],
        EXPOSED,
    ),
    "a name that three bear, none of them the viewer": (
        Seen(B, ROSSI, "name", evidence="possible", bearers=3),
        [Seen(B, f"c_rossi_{number}", "name", evidence="possible", bearers=3) for number in (1, 2)],
        POSSIBLE,
    ),
    "the buyer's namesakes are not exposed to the seller": (
        Seen("c_seller", ROSSI, "name", evidence="possible", bearers=2),
        [Seen("c_seller", A, "name", evidence="possible", bearers=2)],
        MAY + "seller-namesake",
    ),
    "the viewer's own name elsewhere on the page excuses nothing": (
        Seen(B, A, "name", evidence="possible", bearers=2, start=500),
        [Seen(B, B, "name", evidence="possible", bearers=2, start=10)],
        POSSIBLE,
    ),
    "the viewer's own name in another recipient's copy excuses nothing": (
        Seen(B, ROSSI, "name", evidence="possible", bearers=2, channel="mail", method="MAIL", route="/"),
        [Seen(A, A, "name", evidence="possible", bearers=2, channel="mail", method="MAIL", route="/")],
        POSSIBLE,
    ),
    "a customer named like a brand is possible, never confirmed": (
        Seen(B, "c_granny_smith", "name", evidence="possible", route="/fruit"), [], POSSIBLE,
    ),
    "a crawler is shown an e-mail address": (Seen("crawler:Googlebot", kind="crawler", found_by="user-agent"), [], EXPOSED),
    "a signed-out visitor is shown an e-mail address": (Seen("anonymous", kind="anonymous", found_by="rule"), [], EXPOSED),
    "nobody knows who was shown an e-mail address": (Seen("unknown", kind="unknown", found_by="none"), [], UNDECIDED),
    "an order number tells whose page it is": (Seen(B, field="order"), [], EXPOSED),
    "the page says it was rendered for Alice and Bob received it": (Seen(B, field="rendered-for", start=0), [], EXPOSED),
    "the page says it was rendered for Alice and she received it": (Seen(A, field="rendered-for", start=0), [], MAY + "self"),
    "a mail for Alice goes to Bob": (Seen(B, channel="mail", method="MAIL", route="/", found_by="mail"), [], EXPOSED),
    "the recording has no time and a lasting rule allows it": (Seen("c_seller", field="name", at=None), [], MAY + "seller"),
    "the recording has no time and a rule that ends might have held": (Seen(CAROL, kind="staff", at=None), [], POSSIBLE),
    "the recording has no time and no rule comes near": (Seen(B, at=None), [], EXPOSED),
    "a viewer who was inferred is shown somebody else": (Seen(B, found_by="inferred"), [], POSSIBLE),
}  # fmt: skip


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("rules")
    for name, text in TABLES.items():
        (folder / name).write_text(text)
    return parse_rules(RULES, folder=folder)


@pytest.mark.parametrize(("first", "others", "expected"), CASES.values(), ids=CASES)
def test_a_case_is_judged_right(first, others, expected, rules):
    verdict = verdicts([first, *others], rules)[0]
    told = {"entitled": MAY + verdict.rule, "exposure": f"exposure {verdict.evidence}", "undecided": UNDECIDED}
    assert told[verdict.outcome] == expected


@pytest.mark.parametrize(("first", "others", "expected"), CASES.values(), ids=CASES)
def test_the_judge_over_the_ledger_judges_a_case_the_same(first, others, expected, rules):
    one = (first.viewer, first.subject, first.field, first.start)
    exposures = find_exposures(table(first, *others), rules).to_pylist()
    found = [row for row in exposures if (row["viewer"], row["subject"], row["field"], row["start"]) == one]
    assert [f"exposure {row['evidence']}" for row in found] == ([expected] if expected.startswith("exposure") else [])

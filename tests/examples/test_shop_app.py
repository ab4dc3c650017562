"""The clean shop: everybody sees his own data, and that of others only where they belong together."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from html.parser import HTMLParser

import httpx
import pytest

from spillkit_shop.customers import Customer, password_of
from spillkit_shop.marks import Unmarked, strip
from spillkit_shop.nightmares import AWKWARD_NAMES
from spillkit_shop.shopping import orders_of
from spillkit_shop.texts import LANGUAGES, words
from tests.examples.shop_world import (
    KINDS,
    SEED,
    Values,
    mail_server,
    of_kind,
    open_shop,
    people,
    seen,
    sign_in,
    strangers,
    text_of,
)

PAGES = ("/account", "/addresses", "/api/me", "/orders", "/api/orders", "/cart", "/api/contacts", "/sellers/orders")
PUBLIC = ("/", "/products", "/products/1", "/products/2", "/search?q=o")


def allowed(viewer: Customer, sold: Values) -> Values:
    """Say whom a customer may see, from the people alone: the plain twin of the shop's own checks."""
    everything = {"name", "e-mail", "phone", "address", "customer-id", "order"}
    found = {(viewer.number, field) for field in everything}
    for one, other in people().households:
        if viewer.number in (one, other):
            found |= {(number, field) for number in (one, other) for field in ("name", "address")}
    found |= {
        (to, field) for by, to in people().gifts if by == viewer.number for field in ("name", "address", "customer-id")
    }
    found |= {(boss, field) for by, boss in people().delegates if by == viewer.number for field in everything}
    if viewer.company:
        colleagues = [each for each in people().customers if each.company == viewer.company]
        found |= {(each.number, field) for each in colleagues for field in ("name", "e-mail", "phone")}
    return found | sold


def test_everybody_sees_his_own_data_and_that_of_nobody_else():
    async def story() -> None:
        async with open_shop(workers=2) as shop:
            for viewer in [customer for kind in KINDS for customer in of_kind(kind, 3)]:
                client = await shop.signed_in(viewer, viewer.number % 2)
                buyers = shop.store.connection.execute(
                    "SELECT o.customer FROM orders o JOIN lines l ON l.ordered = o.number"
                    " JOIN products p ON p.number = l.product WHERE p.seller = ?",
                    (viewer.number,),
                ).fetchall()
                sold = {(buyer, field) for (buyer,) in buyers for field in ("name", "address")}
                orders = [
                    f"{path}/{each.number}"
                    for each in orders_of(shop.store, viewer.number)
                    for path in ("/orders", "/api/orders")
                ]
                shown: Values = set()
                for path in (*PAGES, *orders):
                    shown |= seen(await client.get(path))
                assert shown <= allowed(viewer, sold)
                assert shown >= {(viewer.number, field) for field in ("name", "e-mail", "phone", "address", "order")}
                await client.aclose()

    asyncio.run(story())


def test_people_who_belong_together_see_what_they_need_of_each_other():
    async def story() -> None:
        async with open_shop() as shop:
            father, son = people().households[0]
            client = await shop.signed_in(people().customer(father))
            assert (son, "address") in seen(await client.get("/addresses"))
            assistant, boss = people().delegates[0]
            client = await shop.signed_in(people().customer(assistant))
            assert (boss, "order") in seen(await client.get("/orders"))
            [order, *_] = orders_of(shop.store, boss)
            assert (boss, "e-mail") in seen(await client.get(f"/orders/{order.number}"))
            giver, recipient = people().gifts[0]
            client = await shop.signed_in(people().customer(giver))
            gift = next(each for each in orders_of(shop.store, giver) if each.recipient)
            assert {(recipient, "name"), (recipient, "address")} <= seen(await client.get(f"/orders/{gift.number}"))
            [contact] = of_kind("contact")
            client = await shop.signed_in(contact)
            assert strangers(await client.get("/api/contacts"), contact)
            sellers = of_kind("seller", 3)
            sales = [await (await shop.signed_in(seller)).get("/sellers/orders") for seller in sellers]
            fields = {field for seller, page in zip(sellers, sales) for _, field in strangers(page, seller)}
            assert fields == {"name", "address"}

    asyncio.run(story())


def test_the_order_of_a_stranger_is_no_more_there_than_one_that_never_was():
    async def story() -> None:
        async with open_shop() as shop:
            one, other = of_kind("ordinary", 2)
            client = await shop.signed_in(one)
            [theirs, *_] = orders_of(shop.store, other.number)
            for path in ("/orders", "/api/orders"):
                foreign, missing = await client.get(f"{path}/{theirs.number}"), await client.get(f"{path}/999999999")
                assert foreign.status_code == missing.status_code == 404
                assert foreign.content == missing.content

    asyncio.run(story())


def test_visitors_who_are_not_signed_in_are_asked_to():
    async def story() -> None:
        async with open_shop() as shop:
            client = await shop.browser()
            for path in (*PAGES, "/support", "/exports/1"):
                answer = await client.get(path)
                if path.startswith("/api/"):
                    assert answer.status_code == 401
                else:
                    assert answer.headers["location"] == "/login"
                assert seen(answer) == set()
            refused = await client.post("/login", data={"email": of_kind("ordinary")[0].email, "password": "guess"})
            assert refused.status_code == 403
            assert "set-cookie" not in refused.headers

    asyncio.run(story())


def test_each_sign_in_begins_a_new_session_so_that_a_planted_cookie_is_worth_nothing():
    async def story() -> None:
        async with open_shop() as shop:
            [alice] = of_kind("ordinary")
            client = await shop.browser()
            client.cookies.set("shop_session", "planted", domain="shop.example.org")
            first = (await sign_in(client, alice)).headers["set-cookie"]
            second = (await sign_in(client, alice)).headers["set-cookie"]
            values = [each.partition(";")[0] for each in (first, second)]
            assert len({*values, "shop_session=planted"}) == 3
            assert "HttpOnly" in first
            assert "SameSite=Lax" in first
            other = await shop.browser()
            for value in (*values[:1], "shop_session=planted"):
                assert (await other.get("/account", headers={"cookie": value})).status_code == 303
            await client.post("/logout")
            assert (await other.get("/account", headers={"cookie": values[1]})).status_code == 303

    asyncio.run(story())


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_speak_the_readers_language_and_run_in_its_direction(language):
    async def story() -> None:
        async with open_shop() as shop:
            visitor = await shop.browser(language=f"tlh, {language}-XX;q=0.8, en;q=0.5")
            page = text_of(await visitor.get("/products"))
            assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
            assert words()[language]["products"] in page
            customer = next(each for each in people().customers if each.language == language)
            client = await shop.signed_in(customer)
            client.headers["accept-language"] = "en" if language != "en" else "de"
            assert words()[language]["your_account"] in text_of(await client.get("/account"))

    asyncio.run(story())


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _parsed(page: str) -> _Tags:
    parser = _Tags()
    parser.feed(page)
    parser.close()
    return parser


@pytest.mark.parametrize("name", AWKWARD_NAMES, ids=lambda name: ascii(name)[:30])
def test_a_hostile_name_stays_text_on_every_page(name):
    async def story() -> None:
        async with open_shop() as shop:
            mallory = next(each for each in people().customers if each.name == name)
            shop.store.connection.execute("INSERT INTO reviews VALUES (1, ?, '', 5, 'ok')", (mallory.number,))
            client = await shop.signed_in(mallory)
            for path in ("/account", "/addresses", "/orders", "/cart", "/products/1"):
                page = text_of(await client.get(path))
                real = shop.store.connection.execute(
                    "SELECT name FROM customers WHERE number = ?", (mallory.number,)
                ).fetchone()
                shop.store.connection.execute(
                    "UPDATE customers SET name = 'Jane Doe' WHERE number = ?", (mallory.number,)
                )
                harmless = text_of(await client.get(path))
                shop.store.connection.execute("UPDATE customers SET name = ? WHERE number = ?", (*real, mallory.number))
                assert _parsed(page).tags == _parsed(harmless).tags
                # HTML parsers make one line end of two.
                assert name.replace("\r\n", "\n") in _parsed(page).text.replace("\r\n", "\n")
            answer = await client.get("/api/me")
            assert json.loads(text_of(answer))["name"] == name
            if name.isprintable() and '"' not in name:
                assert name in text_of(answer)  # characters as they are, no escapes

    asyncio.run(story())


def test_what_is_typed_into_the_search_stays_text():
    async def story() -> None:
        async with open_shop() as shop:
            client = await shop.browser()
            page = text_of(await client.get("/search", params={"q": "<script>alert(1)</script>"}))
            assert "<script" not in page
            assert "&lt;script&gt;" in page

    asyncio.run(story())


def test_personal_pages_may_be_kept_by_nobody_and_public_ones_are_the_same_for_all():
    async def story() -> None:
        async with open_shop() as shop:
            [alice] = of_kind("ordinary")
            client, visitor = await shop.signed_in(alice), await shop.browser()
            for path in PAGES:
                assert (await client.get(path)).headers["cache-control"] == "private, no-store"
            for path in PUBLIC:
                answer = await client.get(path)
                assert answer.headers["cache-control"] == "public, max-age=60"
                assert answer.content == (await visitor.get(path)).content
                assert {field for _, field in seen(answer)} <= {"name", "display-name"}
                assert int(answer.headers["content-length"]) == len(answer.content)
                assert answer.headers["x-served-by"] == "w1"

    asyncio.run(story())


def test_pages_are_as_long_as_real_small_ones():
    async def story() -> None:
        async with open_shop() as shop:
            client = await shop.signed_in(of_kind("ordinary")[0])
            for path in ("/", "/products", "/products/1", "/account", "/orders"):
                assert 900 < len(text_of(await client.get(path))) < 6000

    asyncio.run(story())


def test_a_customer_changes_his_phone_number():
    async def story() -> None:
        async with open_shop() as shop:
            client = await shop.signed_in(of_kind("ordinary")[0])
            await client.post("/account", data={"phone": "+44 7400 000000"})
            assert "+44 7400 000000" in text_of(await client.get("/account"))

    asyncio.run(story())


def test_the_cart_renews_the_sessions_cookie_each_time():
    async def story() -> None:
        async with open_shop() as shop:
            client = await shop.signed_in(of_kind("ordinary")[0])
            own = client.cookies["shop_session"]
            answers = [
                await client.get("/cart"),
                await client.post("/cart", data={"product": "1"}),
                await client.get("/cart"),
            ]
            assert all(each.headers["set-cookie"].startswith(f"shop_session={own};") for each in answers)
            assert "set-cookie" not in (await client.get("/orders")).headers

    asyncio.run(story())


@pytest.mark.parametrize("kind", ["giver", "Eve Example\r\nBcc: everybody@example.org"])
def test_an_order_is_confirmed_by_mail_and_the_buyers_name_adds_no_header(kind):
    buyer = next(each for each in people().customers if kind in (each.kind, each.name))

    async def story() -> list[tuple[list[str], bytes]]:
        async with mail_server() as (letters, address), open_shop(smtp=address) as shop:
            client = await shop.signed_in(buyer)
            await client.post("/cart", data={"product": "2"})
            gifts = dict(people().gifts)
            gift_to = people().customer(gifts[buyer.number]).id if buyer.number in gifts else ""
            placed = await client.post("/orders", data={"gift_to": gift_to})
            assert placed.headers["location"].startswith("/orders/")
            assert (await client.post("/orders", data={})).headers["location"] == "/cart"  # it is empty now
            await shop.shared.close()  # what runs in the background ends first
            return letters.taken

    [(envelope, letter)] = asyncio.run(story())
    assert envelope == [buyer.email]
    values = seen(letter)
    assert {(buyer.number, "name"), (buyer.number, "e-mail"), (buyer.number, "order")} <= values
    recipient = dict(people().gifts).get(buyer.number, buyer.number)
    assert (recipient, "address") in values
    headers = strip(letter)[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")
    names = [line.partition(":")[0] for line in headers if not line.startswith(" ")]
    assert names == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Content-Language",
    ]


def test_nobody_sends_gifts_to_strangers():
    async def story() -> None:
        async with open_shop() as shop:
            one, other = of_kind("ordinary", 2)
            client = await shop.signed_in(one)
            await client.post("/cart", data={"product": "2"})
            assert (await client.post("/orders", data={"gift_to": other.id})).status_code == 404

    asyncio.run(story())


def test_an_export_holds_ones_own_data_and_is_for_nobody_else():
    async def story() -> None:
        async with open_shop() as shop:
            alice, bob = of_kind("ordinary", 2)
            formula = next(each for each in people().customers if each.name.startswith("=HYPERLINK"))
            client, other = await shop.signed_in(alice), await shop.signed_in(bob)
            job = (await client.post("/exports")).json()["id"]
            answer = await client.get(f"/exports/{job}")
            assert seen(answer) >= {(alice.number, field) for field in ("name", "e-mail", "phone", "address", "order")}
            assert strangers(answer, alice) == set()
            assert answer.headers["x-job-id"] == job
            assert 10 < float(answer.headers["x-job-ms"]) < 2000
            assert (await other.get(f"/exports/{job}")).status_code == 404
            client = await shop.signed_in(formula)
            job = (await client.post("/exports")).json()["id"]
            cells = [
                cell for row in csv.reader(io.StringIO(text_of(await client.get(f"/exports/{job}")))) for cell in row
            ]
            assert f"'{formula.name}" in cells

    asyncio.run(story())


def test_the_support_desk_is_for_staff_and_shops_are_for_customers():
    async def story() -> None:
        async with open_shop() as shop:
            carol = await shop.signed_in("staff_carol")
            desk = await carol.get("/support")
            assert {field for _, field in seen(desk)} == {"name", "customer-id"}
            assert (await carol.get("/account")).headers["location"] == "/support"
            number, _, person = shop.store.tickets_of("staff_carol")[0]
            assert number
            ticket = await carol.get(f"/support/customers/{people().customer(person.number).id}")
            assert (person.number, "phone") in seen(ticket)
            assert (await carol.get("/support/customers/c_0000000000")).status_code == 404
            found = await carol.get("/support", params={"q": people().customer(person.number).email})
            assert (person.number, "e-mail") in seen(found)
            alice = await shop.signed_in(of_kind("ordinary")[0])
            for path in ("/support", "/support/export", f"/support/customers/{of_kind('boss')[0].id}"):
                assert (await alice.get(path)).headers["location"] == "/account"
            assert (await alice.post("/newsletter")).headers["location"] == "/account"

    asyncio.run(story())


def test_staff_who_buy_here_have_an_account_like_any_other():
    carol = next(each for each in people().staff if each.id == "staff_carol")

    async def story() -> None:
        async with open_shop() as shop:
            desk = await (await shop.signed_in("staff_carol")).get("/support")
            assert (carol.customer, "name") in seen(desk)
            account = await (await shop.signed_in(people().customer(carol.customer))).get("/account")
            assert seen(account) >= {(carol.customer, "name")}

    asyncio.run(story())


def test_a_page_that_is_not_there_says_so():
    async def story() -> None:
        async with open_shop() as shop:
            client = await shop.browser()
            for path in ("/nowhere", "/products/9999", "/products/x"):
                assert (await client.get(path)).status_code == 404
            assert (await client.get("/products?page=x")).status_code == 200
            assert (await client.get("/shop.css")).headers["content-type"].startswith("text/css")

    asyncio.run(story())


@pytest.mark.parametrize(
    "text", ["9" * 30, "9" * 5000, "-1", "1'--", "%00", "%ff", "٣", "x"], ids=lambda text: text[:8]
)
def test_a_number_that_is_none_is_a_page_that_is_not_there(text):
    async def story() -> None:
        async with open_shop() as shop:
            client = await shop.signed_in(of_kind("ordinary")[0])
            for path in ("/orders", "/api/orders", "/products", "/exports", "/support/customers"):
                assert (await client.get(f"{path}/{text}")).status_code in (303, 404)
            assert (await client.post("/cart", data={"product": text})).status_code == 404
            for path in ("/products?page=", "/search?q=", "/api/contacts?page="):
                assert (await client.get(path + text)).status_code == 200

    asyncio.run(story())


def test_a_browser_gets_pages_without_marks_and_the_right_length():
    async def story() -> None:
        async with open_shop() as shop:
            alice = of_kind("ordinary")[0]
            transport = httpx.ASGITransport(Unmarked(shop.apps[0]))
            async with httpx.AsyncClient(transport=transport, base_url="http://shop.example.org") as client:
                await client.post("/login", data={"email": alice.email, "password": password_of(SEED, alice.number)})
                answer = await client.get("/account")
                assert seen(answer) == set()
                assert alice.email in answer.text
                assert not any("\ue000" <= sign <= "\ue07f" for sign in answer.text)
                assert int(answer.headers["content-length"]) == len(answer.content)

    asyncio.run(story())

"""Each fault leaks while it is on, and only then; and leaks in the way that the incident it copies did."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise

import httpx
import pytest

from spillkit.cause.incident import CauseClass
from spillkit_shop.app import Tuning
from spillkit_shop.buffers import BodyBuffer
from spillkit_shop.customers import Customer
from spillkit_shop.faults import FAULTS, FaultWindow, Switches, always
from spillkit_shop.filling import FIRST_ORDER
from spillkit_shop.newsletter import merged
from spillkit_shop.servers import served
from spillkit_shop.shopping import orders_of
from tests.examples.shop_world import (
    MORNING,
    QUICK,
    Shop,
    faults_noted,
    mail_server,
    of_kind,
    open_shop,
    people,
    seen,
    strangers,
)

AT_THE_EDGES = {"cdn_cache", "cached_set_cookie"}  # these two are caches in front of the shop
Wrong = list[tuple[Customer, httpx.Response]]  # who saw something of others, and in which answer


def _wrong(pairs: Wrong) -> Wrong:
    return [(viewer, answer) for viewer, answer in pairs if strangers(answer, viewer)]


def _speaking(language: str, count: int) -> list[Customer]:
    """Return customers without family or colleagues here, who read one language."""
    return [each for each in of_kind("ordinary", 200) if each.language == language and not each.company][:count]


async def _accounts_one_after_the_other(shop: Shop) -> Wrong:
    found: Wrong = []
    for viewer in _speaking("de", 4):
        client = await shop.signed_in(viewer)
        found += [(viewer, await client.get(path)) for path in ("/account", "/api/me")]
    return _wrong(found)


async def _busy_minutes(shop: Shop) -> Wrong:
    """Let eight people look at their orders again and again, some at the same time."""
    viewers = of_kind("ordinary", 8)
    clients = [await shop.signed_in(viewer) for viewer in viewers]
    found: Wrong = []
    for _ in range(6):
        answers = await asyncio.gather(*(client.get("/orders") for client in clients))
        found += zip(viewers, answers)
        await asyncio.sleep(0.02)
    return _wrong(found)


async def _give_up(shop: Shop, client: httpx.AsyncClient) -> None:
    """Ask for the account page, and go away when its profile has been asked for and not yet told."""
    asked = shop.shared.profiles.asked if shop.shared.profiles else 0
    page = asyncio.create_task(client.get("/account"))
    while not shop.shared.profiles or shop.shared.profiles.asked == asked:
        await asyncio.sleep(0)
    page.cancel()
    await asyncio.gather(page, return_exceptions=True)


async def _given_up(shop: Shop) -> Wrong:
    """Let somebody close his browser before his page came, then let others look at theirs."""
    first, *others = of_kind("ordinary", 6)
    client = await shop.signed_in(first)
    await _give_up(shop, client)
    return _wrong([(viewer, await (await shop.signed_in(viewer)).get("/account")) for viewer in others])


async def _contacts(shop: Shop) -> Wrong:
    found: Wrong = []
    for viewer in of_kind("ordinary", 3):
        found.append((viewer, await (await shop.signed_in(viewer)).get("/api/contacts")))
    return _wrong(found)


async def _order_numbers_counted_up(shop: Shop) -> Wrong:
    [viewer] = of_kind("ordinary")
    client = await shop.signed_in(viewer)
    paths = [
        f"{path}/{number}"
        for number in range(FIRST_ORDER + 10, FIRST_ORDER + 16)
        for path in ("/orders", "/api/orders")
    ]
    return _wrong([(viewer, await client.get(path)) for path in paths])


async def _everybodys_accounts(shop: Shop) -> Wrong:
    viewers = [each for each in of_kind("ordinary", 240) if each.number % 50 in (7, 8)]
    return _wrong([(each, await (await shop.signed_in(each)).get("/account")) for each in viewers])


async def _exports_at_once(shop: Shop) -> Wrong:
    viewers = of_kind("ordinary", 4)
    clients = [await shop.signed_in(viewer) for viewer in viewers]
    begun = await asyncio.gather(*(client.post("/exports") for client in clients))
    jobs = [each.json()["id"] for each in begun]
    answers = [await client.get(f"/exports/{job}") for client, job in zip(clients, jobs)]
    return _wrong(list(zip(viewers, answers)))


async def _long_pages_and_short_ones(shop: Shop) -> Wrong:
    viewers = of_kind("ordinary", 24)
    found: Wrong = []
    for one, other in zip(viewers[::2], viewers[1::2]):
        await (await shop.signed_in(one)).get("/account")
        found.append((other, await (await shop.signed_in(other)).get("/api/me")))
    return _wrong(found)


async def _public_pages(shop: Shop) -> Wrong:
    [viewer] = of_kind("ordinary")
    client = await shop.browser()
    answers = [await client.get(f"/products/{number}") for number in range(1, 6)]
    return [(viewer, answer) for answer in answers if {field for _, field in seen(answer)} - {"name", "display-name"}]


SCENES: dict[str, Callable[[Shop], Awaitable[Wrong]]] = {
    "app_cache_key": _accounts_one_after_the_other,
    "session_race": _busy_minutes,
    "request_race": _busy_minutes,
    "conn_desync": _given_up,
    "bulk_listing": _contacts,
    "idor_enum": _order_numbers_counted_up,
    "account_mapping": _everybodys_accounts,
    "job_mixup": _exports_at_once,
    "mem_bleed": _long_pages_and_short_ones,
    "template_field": _public_pages,
}
# Rare things happen often enough for a test that lasts a second.
HASTY = {
    "session_race": Tuning(round_trip_ms=1, profile_ms=0.5, slow_share=0, background_share=0.5),
    "conn_desync": Tuning(round_trip_ms=1, profile_ms=20, slow_share=0, background_share=0),
    "mem_bleed": Tuning(round_trip_ms=0, profile_ms=0, slow_share=0, background_share=0, block_bytes=2),
}


@pytest.mark.parametrize("fault", SCENES)
def test_a_fault_leaks_while_it_is_on_and_only_then(fault):
    async def story(*faults: str) -> Wrong:
        async with open_shop(*faults, tuning=HASTY.get(fault, QUICK)) as shop:
            return await SCENES[fault](shop)

    assert asyncio.run(story()) == []
    wrong = asyncio.run(story(fault))
    assert wrong
    if fault != "session_race":  # there the answer is right for its cookie; only the cookie is wrong
        assert all(faults_noted(answer) == {fault} for _, answer in wrong)


@pytest.mark.parametrize("fault", SCENES)
def test_the_switch_follows_the_storys_clock(fault):
    window = FaultWindow(fault, MORNING + timedelta(hours=1), MORNING + timedelta(hours=2))

    async def story() -> None:
        async with open_shop(window, tuning=HASTY.get(fault, QUICK)) as shop:
            assert await SCENES[fault](shop) == []
            shop.clock.jump_to(MORNING + timedelta(hours=1))
            assert await SCENES[fault](shop)
            shop.clock.jump_to(MORNING + timedelta(hours=2))
            assert await SCENES[fault](shop) == []

    asyncio.run(story())


def test_every_fault_of_the_application_has_a_scene_here():
    mailed = {"mail_cc", "mail_shift"}
    assert set(SCENES) | mailed | AT_THE_EDGES | {"insider"} == set(FAULTS)


def test_every_fault_names_a_cause_that_cause_finding_knows():
    assert {fault.cause for fault in FAULTS.values()} <= {cause.value for cause in CauseClass}
    assert sorted({fault.number for fault in FAULTS.values()}) == list(range(1, 15))


def test_the_memoised_page_is_that_of_whoever_came_first_for_a_minute():
    async def story() -> None:
        async with open_shop("app_cache_key", workers=2) as shop:
            first, second, third, late = _speaking("de", 4)
            shown = await (await shop.signed_in(first)).get("/account")
            for viewer, worker in ((second, 0), (third, 1)):
                copy = await (await shop.signed_in(viewer, worker)).get("/account")
                assert copy.content == shown.content
                assert "x-cache" not in copy.headers
                assert "age" not in copy.headers
            shop.clock.jump_to(shop.clock.now() + timedelta(seconds=61))
            assert strangers(await (await shop.signed_in(late)).get("/account"), late) == set()
            french = _speaking("fr", 1)[0]
            assert strangers(await (await shop.signed_in(french)).get("/account"), french) == set()

    asyncio.run(story())


def test_a_cookie_that_slipped_into_another_answer_signs_that_browser_in_for_good():
    async def story() -> None:
        async with open_shop("session_race", tuning=HASTY["session_race"]) as shop:
            viewers = of_kind("ordinary", 8)
            clients = [await shop.signed_in(viewer) for viewer in viewers]
            own = {client.cookies["shop_session"]: viewer for client, viewer in zip(clients, viewers)}
            for _ in range(20):
                await asyncio.gather(*(client.get("/orders") for client in clients))
                await asyncio.sleep(0.02)
                held = [own[client.cookies["shop_session"]] for client in clients]
                if held != viewers:
                    break
            assert set(held) <= set(viewers)  # only sessions of people who were active
            [taken, *_] = [place for place, viewer in enumerate(viewers) if held[place] != viewer]
            cookie = {"cookie": f"shop_session={clients[taken].cookies['shop_session']}"}
            for path in ("/account", "/orders", "/api/me"):
                page = await (await shop.browser()).get(path, headers=cookie)
                assert {number for number, _ in seen(page)} == {held[taken].number}

    asyncio.run(story())


def test_a_swapped_request_shows_only_somebody_who_is_there_at_the_same_moment():
    async def story() -> None:
        async with open_shop("request_race") as shop:
            viewers = of_kind("ordinary", 5)
            clients = [await shop.signed_in(viewer) for viewer in viewers]
            away = of_kind("ordinary", 6)[-1]
            await (await shop.signed_in(away)).get("/orders")
            answers = await asyncio.gather(*(client.get("/orders") for client in clients))
            present = {viewer.number for viewer in viewers}
            assert {number for answer in answers for number, _ in seen(answer)} <= present
            alone = [await client.get("/orders") for client in clients]
            assert _wrong(list(zip(viewers, alone))) == []

    asyncio.run(story())


def test_after_a_lost_reply_each_answer_is_that_of_the_question_before_until_the_connection_is_retired():
    async def story() -> None:
        async with open_shop("conn_desync", tuning=HASTY["conn_desync"]) as shop:
            viewers = of_kind("ordinary", 12)
            clients = [await shop.signed_in(viewer) for viewer in viewers]
            await _give_up(shop, clients[0])
            shown = [await client.get("/account") for client in clients[1:]]
            assert len({answer.headers["x-upstream-connection"] for answer in shown}) == 1
            for before, answer in zip(viewers, shown):
                assert {number for number, _ in seen(answer)} == {before.number}
            for _ in range(6):
                last = [await client.get("/account") for client in clients]
            assert _wrong(list(zip(viewers, last))) == []

    asyncio.run(story())


@pytest.mark.parametrize("faults", [(), ("conn_desync",)], ids=["clean", "fault"])
def test_a_browser_that_really_hangs_up_leaves_its_reply_to_the_next_visitor_only_with_the_fault(faults):
    async def story() -> bool:
        async with open_shop(*faults, tuning=HASTY["conn_desync"]) as shop, served(shop.apps[0]) as port:
            first, second = of_kind("ordinary", 2)
            cookie = (await shop.signed_in(first)).cookies["shop_session"]
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET /account HTTP/1.1\r\nHost: shop\r\nCookie: shop_session={cookie}\r\n\r\n".encode())
            while not shop.shared.profiles or not shop.shared.profiles.asked:
                await asyncio.sleep(0)
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(0.1)
            answer = await (await shop.signed_in(second)).get("/account")
            return strangers(answer, second) != set()

    assert asyncio.run(story()) == bool(faults)


def test_a_service_that_is_too_slow_gives_a_page_that_says_so_and_shows_nobody():
    tuning = Tuning(round_trip_ms=0, profile_ms=0, slow_share=1, slow_ms=60, timeout_ms=20, background_share=0)

    async def story() -> None:
        async with open_shop(tuning=tuning) as shop:
            viewer = of_kind("ordinary")[0]
            client = await shop.signed_in(viewer)
            for path in ("/account", "/api/me", "/addresses"):
                answer = await client.get(path)
                assert answer.status_code == 504
                assert seen(answer) == set()

    asyncio.run(story())


def test_a_list_without_its_filter_shows_many_people_to_everybody():
    async def story() -> None:
        async with open_shop("bulk_listing") as shop:
            viewer = of_kind("ordinary")[0]
            answer = await (await shop.signed_in(viewer)).get("/api/contacts")
            contacts = {each.number for each in people().customers if each.company}
            assert {number for number, _ in seen(answer)} == contacts
            assert len(contacts) >= 2

    asyncio.run(story())


def test_a_shifted_account_never_sees_itself_until_the_rollback_not_even_after_a_new_sign_in():
    group = tuple(each.number for each in of_kind("ordinary", 5))
    window = FaultWindow("account_mapping", MORNING, MORNING + timedelta(hours=1), accounts=group)

    async def story() -> None:
        async with open_shop(window, workers=2) as shop:
            for place, number in enumerate(group):
                viewer = people().customer(number)
                for worker in (0, 1):
                    client = await shop.signed_in(viewer, worker)
                    pages = [await client.get(path) for path in ("/account", "/orders", "/api/me", "/cart")]
                    assert {subject for page in pages for subject, _ in seen(page)} == {group[(place + 1) % len(group)]}
                    await client.post("/logout")
            outside = next(each for each in of_kind("ordinary", 9) if each.number not in group)
            assert strangers(await (await shop.signed_in(outside)).get("/account"), outside) == set()
            shop.clock.jump_to(MORNING + timedelta(hours=1))
            viewer = people().customer(group[0])
            assert strangers(await (await shop.signed_in(viewer)).get("/account"), viewer) == set()

    asyncio.run(story())


def test_of_two_exports_at_once_one_holds_the_others_data_and_nothing_of_its_own():
    async def story() -> None:
        async with open_shop("job_mixup") as shop:
            for viewer, answer in await _exports_at_once(shop):
                assert viewer.number not in {number for number, _ in seen(answer)}
                assert len({number for number, _ in seen(answer)}) == 1
            alone = of_kind("ordinary")[0]
            client = await shop.signed_in(alone)
            for _ in range(2):
                job = (await client.post("/exports")).json()["id"]
                assert strangers(await client.get(f"/exports/{job}"), alone) == set()

    asyncio.run(story())


def test_a_reused_buffer_sends_the_end_of_the_answer_before_behind_a_body_of_whole_blocks():
    buffer = BodyBuffer(4)
    assert buffer.copied(b"<p>Alice Adams</p>") == b"<p>Alice Adams</p>"
    assert buffer.copied(b"<p>Bob</p>") == b"<p>Bob</p>"  # ends in a block that is partly filled
    assert buffer.copied(b"<p>Alice Adams</p>") == b"<p>Alice Adams</p>"
    assert buffer.copied(b"<p>Jo.</p>\r\n") == b"<p>Jo.</p>\r\nms</p>"


def test_a_fragment_stands_behind_the_readers_own_page():
    async def story() -> None:
        async with open_shop("mem_bleed", tuning=HASTY["mem_bleed"]) as shop:
            for viewer, answer in await _long_pages_and_short_ones(shop):
                assert (viewer.number, "name") in seen(answer)
                assert int(answer.headers["content-length"]) == len(answer.content)

    asyncio.run(story())


def test_an_agent_may_open_anybody_and_only_her_tickets_tell_whether_she_had_a_reason():
    async def story() -> None:
        async with open_shop() as shop:
            mallory = await shop.signed_in("staff_mallory")
            assigned = {person.number for _, _, person in shop.store.tickets_of("staff_mallory")}
            stranger = next(each for each in of_kind("ordinary", 50) if each.number not in assigned)
            known = people().customer(next(iter(assigned)))
            with_reason = await mallory.get(f"/support/customers/{known.id}")
            without = await mallory.get(f"/support/customers/{stranger.id}")
            assert (stranger.number, "address") in seen(without)
            assert faults_noted(with_reason) == set()
            assert faults_noted(without) == {"insider"}
            export = await mallory.get("/support/export", params={"from": "1", "count": "30"})
            assert len({number for number, _ in seen(export)}) == 30
            assert faults_noted(export) == {"insider"}

    asyncio.run(story())


def _newsletter(*faults: str | FaultWindow, rows: int) -> list[tuple[list[str], bytes]]:
    async def story() -> list[tuple[list[str], bytes]]:
        async with mail_server() as (letters, address), open_shop(*faults, smtp=address) as shop:
            client = await shop.signed_in("staff_carol")
            answer = await client.post("/newsletter", data={"from": "1", "count": str(rows)})
            assert answer.json() == {"sent": len(letters.taken)}
            return letters.taken

    return asyncio.run(story())


def test_the_newsletter_goes_to_each_alone():
    letters = _newsletter(rows=12)
    assert [envelope for envelope, _ in letters] == [[each.email] for each in people().customers[:12]]
    for number, (_, letter) in enumerate(letters, 1):
        assert {subject for subject, _ in seen(letter)} == {number}


def test_with_everybody_in_to_a_hundred_people_read_each_others_addresses():
    letters = _newsletter("mail_cc", rows=130)
    assert [len(envelope) for envelope, _ in letters] == [100, 30]
    _, letter = letters[0]
    assert len({subject for subject, field in seen(letter) if field == "e-mail"}) == 100
    assert all(len(line) < 998 for line in letter.split(b"\r\n"))


@pytest.mark.parametrize("first", [5, 0])
def test_a_shifted_mail_merge_tells_each_what_belongs_to_the_row_before(first):
    window = FaultWindow("mail_shift", MORNING, MORNING + timedelta(hours=1), first_row=first)
    letters = _newsletter(window, rows=12)
    for row, (envelope, letter) in enumerate(letters):
        number = row + 1
        assert envelope == [people().customer(number).email]
        body = letter.partition(b"\r\n\r\n")[2]
        assert {subject for subject, _ in seen(body)} == {number - 1 if row >= (first or 4) else number}


def test_the_first_row_of_a_merge_has_none_before_it():
    assert merged("abc", 0) == ["a", "a", "b"]  # type: ignore[comparison-overlap,arg-type]
    assert merged("abc", None) == ["a", "b", "c"]  # type: ignore[comparison-overlap,arg-type]


def test_two_faults_leak_side_by_side():
    async def story() -> None:
        async with open_shop("bulk_listing", "idor_enum") as shop:
            assert await _contacts(shop)
            assert await _order_numbers_counted_up(shop)

    asyncio.run(story())


def test_the_shop_tells_nobody_of_its_faults_when_it_plays_no_story():
    async def story() -> None:
        async with open_shop("bulk_listing") as shop:
            shop.shared.marks = False
            for _, answer in await _contacts(shop):
                assert "x-story-fault" not in answer.headers

    asyncio.run(story())


def test_a_fault_that_there_is_not_is_named():
    with pytest.raises(ValueError, match="made_up"):
        always("made_up")
    with pytest.raises(KeyError):
        Switches().is_on("made_up", MORNING)
    with pytest.raises(ValueError, match="time zone"):
        FaultWindow("cdn_cache", MORNING.replace(tzinfo=None), MORNING)


def test_orders_of_neighbouring_numbers_belong_to_strangers():
    async def story() -> None:
        async with open_shop() as shop:
            owners = [
                row[0]
                for row in shop.store.connection.execute(
                    "SELECT customer FROM orders ORDER BY number LIMIT 100"
                ).fetchall()
            ]
            assert sum(one == other for one, other in pairwise(owners)) < 5
            assert orders_of(shop.store, owners[0])

    asyncio.run(story())

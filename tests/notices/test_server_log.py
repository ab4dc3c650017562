"""The log of a Postfix is read, and decides about a held notice only where it would have to know."""

from __future__ import annotations

import contextlib
import gzip
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import NoticesError
from spillkit.notices.dsn import Origin
from spillkit.notices.journal import Folder
from spillkit.notices.log_evidence import Open, Witness, decide, offers_and_witnesses
from spillkit.notices.server_log import Damage, Fate, read_server_log
from spillkit.notices.states import Event, Evidence, Settlement, check_settlement

ORIGIN = Origin("notices@bounce.example.org", "example.org")
NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
THEN = datetime(2026, 11, 22, 14, 19, 32, tzinfo=UTC)
ANN, BEN, EVE = "ann" + "0" * 23, "ben" + "0" * 23, "eve" + "0" * 23
TAKEN = Settlement(Evidence.SERVER_LOG, Event.FOUND_TAKEN)
NOT_TAKEN = Settlement(Evidence.SERVER_LOG, Event.FOUND_NOT_TAKEN)


def line(said, at=THEN, host="relay", syslog=False):
    stamp = f"{at:%b} {at.day:2d} {at:%H:%M:%S}" if syslog else at.isoformat()
    return f"{stamp} {host} postfix/{said}\n"


def head(notice, queue_id, at=THEN, **how):
    return line(f"smtpd[1]: {queue_id}: client=localhost[127.0.0.1]", at, **how) + line(
        f"cleanup[2]: {queue_id}: message-id=<{notice}@example.org>", at, **how
    )


def taken(notice, queue_id, at=THEN, **how):
    sender = f"notices+{notice}@bounce.example.org"
    return head(notice, queue_id, at, **how) + line(
        f"qmgr[3]: {queue_id}: from=<{sender}>, size=1026, nrcpt=1 (queue active)", at, **how
    )


def delivered(queue_id, status="sent", dsn="2.0.0", said="250 2.0.0 OK", at=THEN, **how):
    where = "to=<alice@example.net>, relay=mx.example.net[192.0.2.1]:25, delay=0.05, delays=0.03/0.01/0/0"
    return line(f"smtp[4]: {queue_id}: {where}, dsn={dsn}, status={status} ({said})", at, **how)


def removed(queue_id, at=THEN, process="qmgr", **how):
    return line(f"{process}[3]: {queue_id}: removed", at, **how)


@pytest.fixture
def read(tmp_path):
    """Read texts as files of a log."""

    def reads(*texts, zone=UTC, now=NOW):
        paths = []
        for number, text in enumerate(texts):
            path = tmp_path / f"mail.log.{number}"
            path.write_bytes(text.encode() if isinstance(text, str) else text)
            paths.append(path)
        return read_server_log(paths, [ORIGIN], now, zone)

    return reads


Q, R, S = "4cTn2W3kyvz9Qx", "0D96436411E", "4cTn2W5AAAz8Zz"
ENDED = line("smtpd[1]: lost connection after DATA (840 bytes) from localhost[127.0.0.1]")
WAYS = {
    "sent": (taken(ANN, Q) + delivered(Q) + removed(Q), Fate.SENT, "2.0.0", 1),
    "in the queue": (taken(ANN, Q), Fate.QUEUED, "", 1),
    "put off": (taken(ANN, Q) + delivered(Q, "deferred", "4.3.0"), Fate.DEFERRED, "4.3.0", 1),
    "put off, then sent": (
        taken(ANN, Q) + delivered(Q, "deferred", "4.3.0") + delivered(Q) + removed(Q), Fate.SENT, "2.0.0", 1,
    ),
    "refused by the next": (taken(ANN, Q) + delivered(Q, "bounced", "5.1.1") + removed(Q), Fate.BOUNCED, "5.1.1", 1),
    "given up": (
        taken(ANN, Q) + delivered(Q, "deferred", "4.4.1")
        + line(f"qmgr[3]: {Q}: from=<notices+{ANN}@bounce.example.org>, status=expired, returned to sender") + removed(Q),
        Fate.EXPIRED, "4.4.1", 1,
    ),
    "dropped with the connection": (head(ANN, Q) + ENDED, Fate.DROPPED, "", 0),
    "dropped, and its head written later": (
        line(f"smtpd[1]: {Q}: client=localhost[127.0.0.1]") + ENDED + line(f"cleanup[2]: {Q}: message-id=<{ANN}@example.org>"),
        Fate.DROPPED, "", 0,
    ),
    "dropped after a while": (head(ANN, Q) + ENDED.replace("lost connection", "timeout"), Fate.DROPPED, "", 0),
    "dropped, then taken": (head(ANN, R) + ENDED + taken(ANN, Q), Fate.QUEUED, "", 1),
    "another connection ended": (head(ANN, Q) + ENDED.replace("smtpd[1]", "smtpd[7]"), Fate.BEGUN, "", 0),
    "the connection ended behind it": (
        taken(ANN, Q) + line("smtpd[1]: lost connection after END-OF-MESSAGE from localhost[127.0.0.1]"), Fate.QUEUED, "", 1,
    ),
    "the connection ended within the next mail": (
        head(ANN, Q) + line(f"smtpd[1]: {R}: client=localhost[127.0.0.1]") + ENDED, Fate.BEGUN, "", 0,
    ),
    "its process served somebody else meanwhile": (
        head(ANN, Q) + line("smtpd[1]: disconnect from localhost[127.0.0.1]") + ENDED, Fate.BEGUN, "", 0,
    ),
    "refused at its end by a filter": (
        head(ANN, Q) + line(f"cleanup[2]: {Q}: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 4.7.1 Later; from=<x>"),
        Fate.REFUSED, "", 0,
    ),
    "refused, and taken at the second try": (
        head(ANN, R) + line(f"cleanup[2]: {R}: milter-reject: END-OF-MESSAGE from l[127.0.0.1]: 4.7.1 x")
        + taken(ANN, Q),
        Fate.QUEUED, "", 1,
    ),
    "thrown away by a filter": (
        head(ANN, Q) + line(f"cleanup[2]: {Q}: milter-discard: END-OF-MESSAGE from l[127.0.0.1]: x; from=<x>"), Fate.DELETED, "", 1,
    ),
    "thrown away by a person": (taken(ANN, Q) + removed(Q, process="postsuper"), Fate.DELETED, "", 1),
    "through a filter behind Postfix": (
        taken(ANN, Q) + taken(ANN, R) + delivered(Q, said=f"250 2.0.0 from MTA(127.0.0.1): 250 2.0.0 Ok: queued as {R}")
        + removed(Q) + delivered(R, "bounced", "5.2.2") + removed(R),
        Fate.BOUNCED, "5.2.2", 1,
    ),
    "taken twice": (taken(ANN, Q) + delivered(Q) + removed(Q) + taken(ANN, R), Fate.SENT, "2.0.0", 2),
    "without its head, by the sender": (
        line(f"qmgr[3]: {Q}: from=<notices+{ANN.upper()}@BOUNCE.example.org>, size=1, nrcpt=1 (queue active)"), Fate.QUEUED, "", 1,
    ),
    "the answer of a server that would like to be a log": (
        taken(ANN, Q) + delivered(Q, "deferred", "4.3.0", said="451 4.3.0 x, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok"),
        Fate.DEFERRED, "4.3.0", 1,
    ),
    "another's queue": (taken(ANN, Q) + delivered(Q, host="other"), Fate.QUEUED, "", 1),
    "a queue id that is used again": (
        taken(ANN, Q) + delivered(Q, "deferred", "4.3.0") + line(f"cleanup[2]: {Q}: message-id=<x@example.net>") + delivered(Q),
        Fate.DEFERRED, "4.3.0", 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "fate", "dsn", "copies"), WAYS.values(), ids=WAYS)
def test_what_became_of_a_notice(read, text, fate, dsn, copies):
    [found] = read(text).passages.values()
    assert (found.notice, found.fate, found.dsn, found.copies) == (ANN, fate, dsn, copies)
    twice = read(text, text)  # The same lines again, as of a file that was copied.
    assert twice.passages[ANN].copies == copies


def test_a_notice_that_somebody_sends_on_through_the_same_server_is_not_what_we_offered(read):
    sent_on = (
        head(ANN, Q) + line(f"qmgr[3]: {Q}: from=<alice@example.net>, size=1, nrcpt=1 (queue active)") + delivered(Q)
    )
    assert read(sent_on).passages == {}
    assert read(sent_on + taken(ANN, R)).passages[ANN].fate is Fate.QUEUED


def test_mails_of_others_are_left_alone_and_nothing_of_a_line_is_kept(read):
    log = read(
        head("x" * 26, Q).replace("example.org>", "example.net>")
        + taken(ANN, R)
        + delivered(R, said="550 alice@example.net")
    )
    assert list(log.passages) == [ANN]
    assert "alice" not in repr(log.passages)


def test_rotated_and_packed_files_are_read_in_the_order_in_which_they_were_written(read):
    later = THEN + timedelta(minutes=3)
    newer = delivered(Q, "bounced", "5.1.1", at=later) + removed(Q, at=later)
    log = read(newer, gzip.compress((taken(ANN, Q) + delivered(Q, "deferred", "4.3.0")).encode()))
    assert log.passages[ANN].fate is Fate.BOUNCED
    assert (log.first_at, log.last_at, log.damages) == (THEN, later, ())


def test_a_stamp_without_year_and_zone_is_the_last_one_that_does_not_lie_ahead(read):
    at = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    log = read(taken(ANN, Q, at, syslog=True), now=datetime(2027, 1, 1, 1, tzinfo=UTC))
    assert log.first_at == at
    rome = ZoneInfo("Europe/Rome")
    log = read(taken(ANN, Q, datetime(2026, 7, 1, 14, 0), syslog=True), zone=rome)  # noqa: DTZ001 - as the server writes it
    assert log.first_at == datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    # On 25 October 2026 the clocks of Rome show 02:30 twice.
    log = read(taken(ANN, Q, datetime(2026, 10, 25, 2, 30), syslog=True), zone=rome)  # noqa: DTZ001
    assert log.damages == (
        Damage(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    )


# ---- What it shows of held notices ----


def whole(*, without=(), at=THEN, hours=0, thinned="", minutes=45, dropped=2):
    """A log: every minute a notice is taken; the connection of `ben` ends, so many seconds behind his offer."""
    text = ""
    for minute in range(-minutes, minutes + 1):
        if minute not in without:
            when, queue_id = at + timedelta(minutes=minute, hours=hours), f"Q{minute + 500:09d}"
            text += taken(f"{minute + 500:026d}", queue_id, when) + delivered(queue_id, at=when)
        if minute == -5:
            text += thinned
        if minute == 0 and dropped is not None:
            when = at + timedelta(seconds=dropped, hours=hours)
            text += head(BEN, R, when) + ENDED.replace(THEN.isoformat(), when.isoformat())
    return text


WITNESSES = [Witness(f"Q{minute + 500:09d}", THEN + timedelta(minutes=minute)) for minute in range(-45, 46) if minute]
DROPPED = "2026-11-22T14:14:00+00:00 relay rsyslogd: imuxsock lost 432 messages from pid 9832 due to rate-limiting\n"
COVERS = {
    "a whole log": (whole(), WITNESSES, None),
    "no trace of it": (whole(dropped=None), WITNESSES, Open.NO_TRACE),
    "a trace of an earlier try alone": (whole(dropped=-40), WITNESSES, Open.NO_TRACE),
    "a clock that is three minutes ahead": (whole(hours=0.05), WITNESSES, None),
    "nothing but the canary": (whole(), WITNESSES[:1], Open.NO_WITNESS),
    "no witness behind it": (whole(), WITNESSES[:45], Open.NO_WITNESS),
    "no witness at all": (whole(), [], Open.NO_WITNESS),
    "one that it acknowledged is missing": (whole(without={7}), WITNESSES, Open.WITNESS_MISSING),
    "the log of one server of two": (whole(without=set(range(-44, 45, 2))), WITNESSES, Open.WITNESS_MISSING),
    "cut at its end": (whole(without=set(range(10, 46))), WITNESSES, Open.TOO_SHORT),
    "begun too late": (whole(without=set(range(-45, -5))), WITNESSES, Open.TOO_SHORT),
    "read in a wrong zone": (whole(hours=1, minutes=120), WITNESSES, Open.CLOCK),
    "lines were dropped for being too many": (whole(thinned=DROPPED), WITNESSES, Open.DAMAGED),
    "a line without a stamp": (whole(thinned="\x00\x00\x00garbage\n"), WITNESSES, Open.DAMAGED),
    "a packed file that was cut, and the next one": (
        (gzip.compress(whole(minutes=200).encode(), 0)[:48_000], whole(at=THEN + timedelta(hours=1))),
        WITNESSES,
        Open.DAMAGED,
    ),
    "a packed file that was cut": (gzip.compress(whole(minutes=200).encode(), 0)[:48_000], WITNESSES, Open.TOO_SHORT),
}


@pytest.mark.parametrize(("text", "witnesses", "why"), COVERS.values(), ids=COVERS)
def test_a_log_shows_that_a_notice_was_not_taken_only_where_it_would_have_to_know(read, text, witnesses, why):
    decided = decide(read(*text) if isinstance(text, tuple) else read(text), {BEN: THEN}, witnesses)
    if why is None:
        assert decided.settlements == {BEN: NOT_TAKEN}
        check_settlement(NOT_TAKEN)
    else:
        assert decided.settlements == {}
        assert decided.open == {BEN: why}


def test_one_line_shows_that_a_notice_was_taken_however_short_the_log(read):
    text = taken(ANN, Q) + head(BEN, R) + taken(EVE, S) + delivered(S, "bounced", "5.1.1")
    decided = decide(read(text), dict.fromkeys((ANN, BEN, EVE), THEN), [])
    assert decided.settlements == {ANN: TAKEN, EVE: TAKEN}
    assert decided.open == {BEN: Open.HEAD_ONLY}
    assert decided.came_back == (EVE,)


def test_who_was_taken_twice_is_named(read):
    assert decide(read(taken(ANN, Q) + taken(ANN, R) + taken(EVE, S)), {}, []).twice == (ANN,)


def test_offers_and_witnesses_come_from_the_sent_journals(tmp_path):
    folder = Folder(tmp_path / "sent")
    journal = folder.begin(THEN)
    for number, minute in enumerate((0, 20, 50)):
        at = THEN + timedelta(minutes=minute)
        journal.offer(f"n{number}", 1, at)
        journal.answer(f"n{number}", 1, at, Event.TAKEN, "250-2.0.0", f"Q{number}")
    journal.offer(BEN, 1, THEN)
    journal.offer(BEN, 2, THEN + timedelta(minutes=10))
    journal.close()
    offered, witnesses = offers_and_witnesses(folder, {BEN, "unknown"})
    assert offered == {BEN: THEN + timedelta(minutes=10)}
    assert witnesses == [Witness("Q0", THEN), Witness("Q1", THEN + timedelta(minutes=20))]


# ---- Hostile input ----


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_damaged_log_is_read_and_never_shows_that_anything_was_not_taken(tmp_path_factory, data):
    text = taken(ANN, Q) + delivered(Q) + removed(Q) + taken(EVE, S, syslog=True)
    raw = bytearray(data.draw(st.sampled_from([text.encode(), gzip.compress(text.encode())])))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
        raw = raw or bytearray(b"x")
    path = tmp_path_factory.getbasetemp() / "damaged.log"
    path.write_bytes(bytes(raw))
    try:
        log = read_server_log([path], [ORIGIN], NOW)
    except NoticesError:
        return
    decided = decide(log, {ANN: THEN, BEN: THEN}, WITNESSES)
    assert NOT_TAKEN not in decided.settlements.values()
    assert BEN not in decided.settlements


WORDS = ["from=<", "to=<", ">, ", "message-id=<", ANN, "@example.org>", "notices+", "@bounce.example.org", "removed", Q, ": ", "\n",
         "status=sent", "dsn=5.1.1, ", "delays=0/0, ", "(queue active)", "postfix/qmgr[1]", "postfix/cleanup[1]",
         "Nov 22 14:19:31 ",
         "2026-11-22T14:19:31Z ", "relay ", "size=1, nrcpt=1 ", "\0", "\ud7ff", "("]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=60).map("".join))
@settings(max_examples=150, deadline=None)
def test_any_words_of_a_log_are_read(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "words.log"
    path.write_text(text, encoding="utf-8")
    try:
        log = read_server_log([path], [ORIGIN], NOW)
    except NoticesError:
        return
    assert log.first_at <= NOW + timedelta(days=1)


HOSTILE = {
    "a line without an end": b"Nov 22 14:19:31 relay postfix/smtp[1]: " + b"x" * 5_000_000,
    "many unreadable lines": b"x\n" * 300_000,
    "status after status": (taken(ANN, Q) + f"{THEN.isoformat()} relay postfix/smtp[1]: {Q}: to=<").encode()
    + b", delays=1, dsn=2.0.0, status=x" * 20_000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_log_made_to_keep_us_busy_is_read_in_time(read, raw):
    start = time.process_time()
    with contextlib.suppress(NoticesError):
        read(raw)
    assert time.process_time() - start < 4


def test_what_is_no_log_is_refused(tmp_path):
    with pytest.raises(NoticesError, match="No line of the log"):
        read_server_log([], [ORIGIN], NOW)
    with pytest.raises(NoticesError, match="cannot be read"):
        read_server_log([tmp_path], [ORIGIN], NOW)
    with pytest.raises(NoticesError, match="cannot be read"):
        read_server_log([tmp_path / "none"], [ORIGIN], NOW)

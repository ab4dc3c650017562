"""Hand notices over to a real Postfix on loopback, beside a bare SMTP client with the same number of connections.

    python -m bench.notices_handover [--notices 4000] [--connections 4] [--rounds 5] [--record]

In:    nothing; Debian's postfix and root, since Postfix starts as root.
Out:   a table; with --record also bench/record/<date>-<machine kind>-notices-handover.md.
Else:  writing and signing a notice is `notices_write`: here every mail lies ready, so that only handing over is measured.

The bare client is smtplib in as many threads as we have connections, each on one connection; it remembers nothing. Ours writes each
notice's state into the database before the wire, its offer into the sent journal before the dot, and the answer after it. Postfix
queues each mail on the disk and then discards it. The two take turns within each round, and a ratio is that of one round. The bar
of issue 5 is 70 % of the bare client.
"""

from __future__ import annotations

import argparse
import io
import os
import smtplib
import statistics
import tempfile
import threading
import time
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

from tests.notices.postfix import serve_postfix
from tests.server.rooms import free_port

from bench.page import table, tell

BAR = 0.70
SENDER = "notices@shop.example"
_BODY = (
    "Our site showed your e-mail address to other customers on 3 November. You did nothing wrong.\r\n" * 105
)  # 10 kB


class ReadyPost:
    """Gives mails that lie ready."""

    def parcel(self, notice: str):
        from spillkit_server.sending.post import Parcel

        return Parcel(SENDER, f"{notice.lower()}@mail.example", mail_of(notice))


def mail_of(notice: str) -> bytes:
    head = f"From: {SENDER}\r\nTo: {notice.lower()}@mail.example\r\nMessage-ID: <{notice}@shop.example>\r\nSubject: notice\r\n\r\n"
    return (head + _BODY).encode()


def bare(port: int, count: int, connections: int) -> float:
    """Return how many mails a second the bare client hands over."""

    def work(place: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            for number in range(place, count, connections):
                smtp.sendmail(SENDER, [f"b{number}@mail.example"], mail_of(f"B{number:025d}"))

    threads = [threading.Thread(target=work, args=(place,)) for place in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.perf_counter() - began)


def ours(folder: Path, port: int, count: int, connections: int, number: int) -> float:
    """Return how many notices a second our sender hands over."""
    from spillkit.notices.journal import Folder
    from spillkit.notices.pace import Pace, domain_label
    from spillkit_server.reminders.ways import MailServer
    from spillkit_server.sending.counts import funnel
    from spillkit_server.sending.planning import approve, open_mailing, write_plan
    from spillkit_server.sending.sender import Means, Until, send

    now = datetime.now(UTC)
    mailing = open_mailing(f"round-{number}", now)
    label = domain_label("x@mail.example", bytes(16))
    write_plan(mailing, ((f"R{number:02d}N{place:022d}", label) for place in range(count)), now)
    approve(mailing, now)
    server = MailServer("127.0.0.1", port, "", "", SENDER, is_tls=False, is_local=True)
    pace = Pace(
        canary=count, canary_wait_seconds=0, domain_per_minute=10**7, warm_up_per_minute=0, connections=connections
    )
    means = Means(Folder(folder / "sent"), server, ReadyPost(), pace, lambda: datetime.now(UTC))
    began = time.perf_counter()
    send(means, mailing.pk, threading.Event(), Until.OVER)
    seconds = time.perf_counter() - began
    assert funnel(mailing.pk).accepted == count
    return count / seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.notices_handover", description=__doc__)
    parser.add_argument("--notices", type=int, default=4_000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as name, serve_postfix(port, free_port(), discards=True):
        set_up(Path(name))
        found = []
        for number in range(options.rounds):
            one = bare(port, options.notices, options.connections)
            other = ours(Path(name), port, options.notices, options.connections, number)
            found.append((one, other))
            print(f"round {number + 1}: bare {one:,.0f}/s, ours {other:,.0f}/s, ratio {other / one:.2f}", flush=True)
    ratios = [other / one for one, other in found]
    rows = [
        (words, f"{statistics.median(rates):,.0f}", f"{min(rates):,.0f} to {max(rates):,.0f}")
        for words, rates in (("bare smtplib", [one for one, _ in found]), ("Spillkit", [other for _, other in found]))
    ]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    said = f"Ratio of a round: median {statistics.median(ratios):.2f}, {spread}; the bar is {BAR:.2f}."
    note = (
        f"{options.rounds} rounds of {options.notices:,} mails of 10 kB over {options.connections} connections; Postfix, both "
        "clients and the database share the machine."
    )
    lines = [*table(("", "a second, median", "lowest and highest"), rows), said]
    command = "python -m bench.notices_handover"
    tell("notices-handover", "Notices handed over to Postfix", command, lines, note=note, is_kept=options.record)


def set_up(folder: Path) -> None:
    """Make a room with an empty outbox."""
    from spillkit.cli import main as spillkit

    with redirect_stdout(io.StringIO()):
        assert spillkit(["-w", str(folder / "spill"), "init"]) == 0
    os.environ["SPILLKIT_WORKSPACE"] = str(folder / "spill")
    from spillkit_server import start

    start.set_up(os.environ)


if __name__ == "__main__":
    main()

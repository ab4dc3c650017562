"""Send notices while everything breaks, and count who was told twice and who never.

    python -m bench.notices_crash 100000 [--kills 20] [--database postgres://…] [--seed 1]

Two senders in parallel hand N notices to a mail server of our own (`bench.notices_sink`), which ends the connection after the dot
and before its answer in 0.1 % (half of those taken, half not) and answers 4xx in 1 %. At random moments one of the two is killed
(SIGKILL) and started anew. At 40 % the database is copied; at 70 % both senders are killed and the copy is put in its place.
Senders must refuse to start on it until it is reconciled with the sent journals. In the end what is held is settled by the log of
the mail server, as an officer would, and the rest is sent.

Asserted, against the mail server's own log and a reader of the journals that shares no code with ours:
  nobody has two, nobody has none; held are exactly those whose answer was lost: the injected ones, and those that a kill left
  between the mark of the dot and the mark of the answer; the counts of the funnel add up at every look.

Beside it, as a SIMULATION (nothing of listmonk runs): the same N, kills, lost answers and restored copy under listmonk's rule,
which moves its checkpoint when a batch is fetched (github.com/knadh/listmonk issue 3022) and tries a failed mail again at once on a
new connection (pull request 1967).

The clock of the senders runs a thousand times faster than the wall's, so that waits of minutes take less than a second.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.notices_sink import Truth

LOSE, PUT_OFF = 0.001, 0.01
CLOCK_TIMES = 1_000
BATCH = 1_000  # listmonk's app.batch_size; a hundredth of a small run
_REFUSED = 3  # exit code of a sender that does not start


class BenchPost:
    """Makes a small mail for an id. The real one is made by the texts; here its size does not matter."""

    def parcel(self, notice):
        from spillkit_server.sending.post import Parcel

        lines = (
            f"Message-ID: <{notice}@shop.example>",
            "Subject: notice",
            "",
            "What happened, and what you can do.",
            "..",
        )
        mail = "\r\n".join(lines) + "\r\n"
        return Parcel("notices@shop.example", f"{notice}@{domain_of(notice)}", mail.encode())


def domain_of(notice: str) -> str:
    """A third each to two large providers, the rest to two hundred small ones."""
    drawn = int(notice[-6:], 36) % 600
    return f"large{drawn % 2}.example" if drawn < 400 else f"small{drawn}.example"


@dataclass
class Run:
    """One run: its folder, its mail server, its senders."""

    folder: Path
    count: int
    kills: int
    database: str
    rng: random.Random
    lose: float
    port: int = 0
    mailing: int = 0
    base: float = field(default_factory=time.time)
    senders: list[int] = field(default_factory=list)
    killed: int = 0
    looks: int = 0
    paused: int = 0

    @property
    def pause(self) -> float:
        """Seconds between two looks: counting a million rows takes one."""
        return max(0.02, self.count / 500_000)

    @property
    def log(self) -> Path:
        return self.folder / "sink.log"

    def clock(self) -> datetime:
        now = time.time()
        return datetime.fromtimestamp(self.base, UTC) + timedelta(seconds=(now - self.base) * CLOCK_TIMES)

    def means(self):
        from spillkit.notices.journal import Folder
        from spillkit.notices.pace import Pace
        from spillkit_server.reminders.ways import MailServer
        from spillkit_server.sending.sender import Means

        server = MailServer("127.0.0.1", self.port, "", "", "notices@shop.example", is_tls=False, is_local=True)
        pace = Pace(canary_wait_seconds=60, domain_per_minute=10**6, warm_up_per_minute=0, connections=4)
        return Means(
            Folder(self.folder / "sent"),
            server,
            BenchPost(),
            pace,
            self.clock,
            in_hand=64 if self.count >= 20_000 else 8,
        )

    # ---- Processes ----

    def child(self, work) -> int:
        """Run something in a process of its own, forked; return its id. Its exit code is 0, or 3 where it refused."""
        from django.db import connections

        connections.close_all()
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:  # noqa: BLE001 - whatever it was, this process ends here
            from spillkit.errors import SendingError

            code = _REFUSED if isinstance(error, SendingError) else 1
            print(f"  process {os.getpid()}: {type(error).__name__}: {error}", flush=True)
            if code == 1:
                import traceback

                traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)

    def do(self, work) -> None:
        """Run something in a process of its own, and wait for it."""
        _pid, status = os.waitpid(self.child(work), 0)
        assert os.waitstatus_to_exitcode(status) == 0, "a step of the bench failed"

    def start_sender(self) -> None:
        self.senders.append(self.child(self._send))

    def _send(self) -> None:
        from spillkit_server.sending.sender import Until, send

        ending = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: ending.set())
        send(self.means(), self.mailing, ending, Until.OVER)

    def kill(self, place: int) -> bool:
        """Kill a sender as a power cut would; return False where it had ended just before."""
        pid = self.senders.pop(place)
        os.kill(pid, signal.SIGKILL)
        _pid, status = os.waitpid(pid, 0)
        is_killed = os.waitstatus_to_exitcode(status) == -signal.SIGKILL
        self.killed += is_killed
        return is_killed

    def reap(self) -> list[int]:
        """Return the exit codes of senders that ended by themselves."""
        codes = []
        for pid in list(self.senders):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self.senders.remove(pid)
                codes.append(os.waitstatus_to_exitcode(status))
        assert all(code == 0 for code in codes), f"a sender ended with {codes}"
        while len(self.senders) < 2 and not self.funnel().is_over:
            self.start_sender()  # It ended because the mailing was paused, or was killed.
        return codes

    # ---- Looking ----

    def funnel(self):
        from spillkit_server.models import Mailing
        from spillkit_server.sending.counts import funnel
        from spillkit_server.sending.pausing import go_on

        self.looks += 1
        # After it was reconciled, or too many answers were lost in a small run: people let it go on.
        if Mailing.objects.get(pk=self.mailing).paused:
            self.paused += go_on(self.mailing, self.clock())
        return funnel(self.mailing)  # raises where it does not add up

    def done(self) -> int:
        now = self.funnel()
        return now.accepted + now.bounced + now.held

    # ---- The database ----

    def snapshot(self) -> None:
        if self.database:
            _pg("pg_dump", "--format=custom", "--file", str(self.folder / "copy.dump"), self.database)
            return
        with (
            closing(sqlite3.connect(self._sqlite())) as live,
            closing(sqlite3.connect(self.folder / "copy.sqlite3")) as copy,
        ):
            live.backup(copy)

    def restore(self) -> None:
        from django.db import connections

        connections.close_all()
        if self.database:
            dump = str(self.folder / "copy.dump")
            _pg("pg_restore", "--clean", "--if-exists", "--single-transaction", "--dbname", self.database, dump)
            return
        for end in ("-wal", "-shm"):
            Path(f"{self._sqlite()}{end}").unlink(missing_ok=True)
        shutil.copy(self.folder / "copy.sqlite3", self.folder / "put-back.sqlite3")
        (self.folder / "put-back.sqlite3").replace(self._sqlite())

    def _sqlite(self) -> Path:
        return self.folder / "spill" / "room" / "room.sqlite3"


def _pg(*command: str) -> None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    subprocess.run([str(found[-1] / command[0]), *command[1:]], check=True, capture_output=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.notices_crash")
    parser.add_argument("count", type=int)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--database", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lose", type=float, default=LOSE, help="share of answers that the mail server loses")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spill-crash-") as name:
        run = Run(Path(name), options.count, options.kills, options.database, random.Random(options.seed), options.lose)
        began = time.monotonic()
        prepare(run)
        sink = start_sink(run)
        try:
            crash(run)
        finally:
            for pid in run.senders:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            sink.kill()
            sink.wait()
        print(f"time                       {time.monotonic() - began:.0f} s, {os.cpu_count()} cores")
        simulate(run)


def prepare(run: Run) -> None:
    """Make a room, and plan the mailing."""
    from spillkit.cli import main as spillkit

    workspace = run.folder / "spill"
    with redirect_stdout(io.StringIO()):
        assert spillkit(["-w", str(workspace), "init"]) == 0
    os.environ |= {"SPILLKIT_WORKSPACE": str(workspace)} | ({"SPILLKIT_DATABASE": run.database} if run.database else {})
    from spillkit_server import start

    start.set_up(os.environ)
    from spillkit.notices.pace import domain_label
    from spillkit_server.sending.planning import approve, open_mailing, write_plan

    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    rng = random.Random(7)
    ids = ["".join(rng.choices(letters, k=26)) for _ in range(run.count)]
    mailing = open_mailing("crash", run.clock())
    planned = write_plan(mailing, ((one, domain_label(f"x@{domain_of(one)}", bytes(16))) for one in ids), run.clock())
    assert planned == run.count
    approve(mailing, run.clock())
    run.mailing = mailing.pk
    (run.folder / "plan").write_text("\n".join(ids))


def start_sink(run: Run) -> subprocess.Popen[bytes]:
    port_file = run.folder / "port"
    command = [sys.executable, "-m", "bench.notices_sink", str(run.log), str(port_file)]
    sink = subprocess.Popen([*command, "--lose", str(run.lose), "--put-off", str(PUT_OFF)])
    while not port_file.exists():
        time.sleep(0.02)
    run.port = int(port_file.read_text())
    return sink


def crash(run: Run) -> None:
    """Send, kill, restore, reconcile, settle; assert."""
    n = run.count
    run.start_sender()
    run.start_sender()
    # Kills: the last two are those at 70 %; the others at random moments, before and after it.
    moments = sorted(run.rng.uniform(0.01, 0.98) for _ in range(run.kills - 2))
    snapshot_taken = restored = False
    while run.senders:
        done = run.done() / n
        if not restored and done >= 0.40 and not snapshot_taken:
            run.snapshot()
            snapshot_taken = True
        if snapshot_taken and not restored and done >= 0.70:
            while run.senders:
                run.kill(0)
            put_back(run)
            restored = True
        while moments and done >= moments[0] and (restored or moments[0] < 0.70) and run.senders:
            time.sleep(run.rng.uniform(0, 0.03))
            if run.kill(run.rng.randrange(len(run.senders))):
                moments.pop(0)
            run.reap()
            break
        run.reap()
        time.sleep(run.pause)
    while moments:  # What was left of the kills when the last sender ended: start one, and kill it.
        run.start_sender()
        time.sleep(run.rng.uniform(0.02, 0.1))
        if run.kill(0):
            moments.pop()
    run.reap()
    _wait(run)
    assert restored, "the run was too short for its restored copy"
    report(run)


def _wait(run: Run) -> None:
    while run.senders:
        run.funnel()
        run.reap()
        time.sleep(run.pause)


def put_back(run: Run) -> None:
    """Restore the older copy; nobody may send on it until it is reconciled."""
    before = settled_size(run.log)
    run.restore()
    print("senders on the restored copy, not reconciled:")
    for _ in range(2):
        _pid, status = os.waitpid(run.child(run._send), 0)
        assert os.waitstatus_to_exitcode(status) == _REFUSED, "a sender started on a database that is too old"
    assert run.log.stat().st_size == before, "something was sent on a database that is too old"

    def replay() -> None:
        from spillkit_server.sending.recovery import reconcile

        said = reconcile(run.means().folder, run.clock())
        print(
            f"  reconciled: {said.journals} journals, {said.notices} notices, {said.changed} rows changed, {said.held} held"
        )

    run.do(replay)


def report(run: Run) -> None:
    """Compare rows, journals and the mail server's log; settle what is held; send the rest; compare again."""
    from spillkit_server.models import NoticeRow

    plan = set((run.folder / "plan").read_text().split())
    before = run.funnel()
    held = set(NoticeRow.objects.filter(state="held").values_list("notice", flat=True))
    settled_size(run.log)
    seen = read_log(run.log)
    injected, cut_by_kills = set(seen["cut"]), set(seen["last"]) | set(seen["half"])
    without_answer = journal_unknowns(run.folder / "sent")
    assert before.is_over, before
    assert held == without_answer, "held is not what the journals leave open"
    assert injected <= held, "a lost answer is not held"
    assert held - injected <= cut_by_kills, "held without a lost answer and without a kill"
    print(
        f"notices                    {before.planned}, kills {run.killed} of 2 senders, looks {run.looks}, pauses {run.paused}"
    )
    print(f"accepted / held / bounced  {before.accepted} / {before.held} / {before.bounced}")
    print(f"answers lost by the server {len(injected)}; by a kill between dot and answer {len(held - injected)}")
    in_mailbox = seen["took"]
    print(f"held that are in a mailbox {len(held & set(in_mailbox))}")

    rounds = 0
    while run.funnel().held:  # What is sent again may lose its answer again, where the server had not seen it before.
        run.do(lambda: settle_by_log(run))
        run.reap()
        _wait(run)
        rounds += 1
    after = run.funnel()
    taken = read_log(run.log)["took"]
    twice = [one for one, times in taken.items() if times > 1]
    never = plan - set(taken)
    print(f"after settling ({rounds} rounds)  accepted {after.accepted}; told twice {len(twice)}, never {len(never)}")
    assert not twice
    assert not never
    assert set(taken) == plan
    assert after.accepted == run.count
    assert run.killed >= run.kills - 2


def settle_by_log(run: Run) -> None:
    """Settle what is held by the mail server's log, as an officer would."""
    from spillkit.notices.states import Event, Evidence, Settlement
    from spillkit_server.models import NoticeRow
    from spillkit_server.sending.recovery import begin, end
    from spillkit_server.sending.settling import settle

    settled_size(run.log)
    in_mailbox = read_log(run.log)["took"]
    means = run.means()
    marked = begin(means.folder, run.clock())
    held = NoticeRow.objects.filter(state="held").order_by("notice").values_list("notice", flat=True)
    found = [
        (one, Settlement(Evidence.SERVER_LOG, Event.FOUND_TAKEN if one in in_mailbox else Event.FOUND_NOT_TAKEN))
        for one in held
    ]
    settle(marked, found, run.clock())
    end(means.folder, marked, run.clock())


def settled_size(path: Path) -> int:
    """Return the size of the mail server's log once it has read all that was on its way when senders were killed."""
    size = -1
    while size != (size := path.stat().st_size):
        time.sleep(0.3)
    return size


def read_log(path: Path) -> dict[str, Counter[str]]:
    """Return how often the mail server says what of whom."""
    said: dict[str, Counter[str]] = {what: Counter() for what in ("took", "cut", "put-off", "last", "half")}
    for line in path.read_text().splitlines():
        what, name = line.split()
        said[what][name] += 1
    return said


def journal_unknowns(folder: Path) -> set[str]:
    """Return the notices with an offer that no line answers: in plain sight, without the code that is judged."""
    offers, answered = set(), set()
    for path in folder.glob("*.journal"):
        for line in path.read_text().split("\n")[1:-1]:
            kind, notice, number = line.split(" ")[:3]
            (offers if kind == "offer" else answered).add((notice, number))
    return {notice for notice, _number in offers - answered}


def simulate(run: Run) -> None:
    """Count what listmonk's rule would have done with the same mails, kills, lost answers and restored copy."""
    ids = (run.folder / "plan").read_text().split()
    rng = random.Random(run.rng.random())
    truth = Truth(Path(os.devnull), run.lose, PUT_OFF)
    kills = sorted(rng.uniform(0.01, 0.98) for _ in range(run.kills - 2))
    copies: Counter[str] = Counter()
    checkpoint = copied = 0
    size = min(BATCH, max(1, len(ids) // 100))
    is_restored = False
    while checkpoint < len(ids):
        batch = ids[checkpoint : checkpoint + size]
        checkpoint += len(batch)  # at the fetch
        sent = len(batch)
        if kills and kills[0] * len(ids) < checkpoint:
            kills.pop(0)
            sent = rng.randrange(len(batch))  # the rest was queued in the process that was killed
        for one in batch[:sent]:
            fate = truth.fate(one)
            truth.saw(one)
            copies[one] += fate in ("take", "take-and-cut")
            if fate != "take":  # an error: tried again at once, and taken then
                copies[one] += 1
        if not copied and checkpoint >= 0.40 * len(ids):
            copied = checkpoint
        if not is_restored and checkpoint >= 0.70 * len(ids):
            is_restored, checkpoint = True, copied
    twice = sum(times > 1 for times in copies.values())
    print(
        f"SIMULATION, checkpoint at fetch (listmonk's rule, batches of {size}): told twice {twice}, "
        f"never {len(ids) - len(copies)}; nobody held, no refusal"
    )


if __name__ == "__main__":
    main()

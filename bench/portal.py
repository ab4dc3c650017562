"""How many requests the portal answers in a second, and whether the time of an answer tells what was typed.

In:    nothing (`python -m bench.portal`; --probes, --seconds, --connections).
Out:   two tables on the terminal; with --record also bench/record/<date>-<machine kind>-portal.md.
Else:  that status, headers and length are the same is tests/portal/test_portal.

The load is half pages and half codes typed, valid and not, from as many networks as there are requests. The generator is this
program's own, on asyncio's streams, with kept-alive connections; it shares the processor with the server.

The classifier sees one probe's time and says which of two kinds it was. Probes of both kinds alternate at random on one connection,
so that both see the same noise. Its AUC is the chance that it puts a random pair in the right order: 0.5 is guessing. It is given
the better of the two directions, a threshold having no say in it; and once more the distance from the median, for a kind whose
times are merely spread wider. "Best of both, held out": direction and feature are chosen on one half, and measured on the other.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
from tests.portal.published import a_code, publish, published, serving

from bench.page import table, tell
from spillkit.errors import CodeError
from spillkit.notices.code import ALPHABET, Code, read_code, shown

CODES = 100_000
CHANCE = random.Random(1)
PATHS = ("/en/", "/ar/check", "/ja/statement", "/de/do")


def a_network() -> str:
    return ".".join(str(CHANCE.randrange(1, 224)) for _ in range(4))


def post(path: str, body: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {a_network()}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def a_request(number: int) -> bytes:
    if number % 2:
        return f"GET {CHANCE.choice(PATHS)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    notice = f"n{CHANCE.randrange(CODES)}" if number % 4 else f"never {number}"
    return post("/ar/check", f"code={shown(a_code(notice))}")


async def one_connection(
    address: str, ends_at: float, times: list[float], others: list[int], requests: list[bytes]
) -> None:
    place = urlsplit(address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    while time.perf_counter() < ends_at:
        started = time.perf_counter()
        writer.write(CHANCE.choice(requests))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            others.append(int(head[9:12]))
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        times.append(time.perf_counter() - started)
    writer.close()


async def load(address: str, seconds: float, connections: int) -> tuple[list[float], list[int]]:
    times: list[float] = []
    others: list[int] = []
    requests = [a_request(number) for number in range(20_000)]
    ends_at = time.perf_counter() + seconds
    await asyncio.gather(*(one_connection(address, ends_at, times, others, requests) for _ in range(connections)))
    return times, others


def probe(
    address: str, count: int, one: Callable[[], bytes], other: Callable[[], bytes]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the time of each probe in seconds, and which of two kinds it was."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(str(place.hostname), place.port)
    connection.connect()
    line = connection.sock
    line.setsockopt(6, 1, 1)
    kinds = np.array([CHANCE.randrange(2) for _ in range(count)])
    times = np.empty(count)
    wanted = 0
    # Written beforehand: what the prober does between two probes is part of what it measures.
    requests = [other() if kind else one() for kind in kinds]
    for place_of, sent in enumerate(requests):
        started = time.perf_counter()
        line.sendall(sent)
        got = line.recv(65536)
        first = time.perf_counter() - started  # until the first bytes: what comes after is the same for all
        head, _, body = got.partition(b"\r\n\r\n")
        wanted = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) - len(body)
        while wanted > 0:
            wanted -= len(line.recv(65536))
        times[place_of] = first
    connection.close()
    return times, kinds


def auc(scores: np.ndarray, kinds: np.ndarray) -> float:
    """Return the chance that a probe of kind 1 has the higher score; ties count half (Mann-Whitney)."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    ones = int(kinds.sum())
    return float((ranks[kinds == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(kinds) - ones)))


def classified(times: np.ndarray, kinds: np.ndarray) -> tuple[float, float, float]:
    """Return three AUC: of the time itself, of its distance from the median, and of what was best on the other half."""
    spread = np.abs(times - np.median(times))
    half = len(times) // 2
    choices = [
        (sign * scores, auc(sign * scores[:half], kinds[:half])) for scores in (times, spread) for sign in (1, -1)
    ]
    best = max(choices, key=lambda choice: choice[1])[0]
    return (
        *(max(auc(scores, kinds), 1 - auc(scores, kinds)) for scores in (times, spread)),
        auc(best[half:], kinds[half:]),
    )


def given_out() -> bytes:
    return post("/en/check", f"code={shown(a_code(f'n{CHANCE.randrange(CODES)}'))}")


def never_given_out() -> bytes:
    while True:
        signs = "".join(CHANCE.choices(ALPHABET, k=14))
        for last in ALPHABET:
            try:
                code: Code = read_code(signs + last)
            except CodeError:
                continue
            return post("/en/check", f"code={shown(code)}")


def asked(prefix: str) -> Callable[[], bytes]:
    return lambda: post("/en/affected", "address=" + quote(f"{prefix}{CHANCE.randrange(10_000_000):07d}@example.org"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.portal", description=__doc__)
    parser.add_argument("--probes", type=int, default=100_000, help="of each of the two comparisons")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        everything = published(languages=("en", "ar", "ja", "de"))
        publish(folder / "published", everything, more=CODES)
        with serving(folder, workers=2) as address:
            times, others = asyncio.run(load(address, options.seconds, options.connections))
            codes = classified(*probe(address, options.probes, never_given_out, given_out))
            members = classified(*probe(address, options.probes, asked("x"), asked("m")))
    p50, p99 = np.percentile(times, [50, 99]) * 1000
    lines = [
        *table(
            ("load", "", "bar"),
            [
                ("requests a second", f"{len(times) / options.seconds:,.0f}", "≥ 1,000"),
                ("half are answered within, ms", f"{p50:.1f}", ""),
                ("99 of 100 are answered within, ms", f"{p99:.1f}", "≤ 100"),
                ("not answered with 200", f"{len(others):,}", "0"),
            ],
        ),
        *table(
            ("a classifier's AUC by time", "time", "distance from the median", "best of both, held out", "bar"),
            [
                (what, *(f"{one:.4f}" for one in found), "≤ 0.52")
                for what, found in (("code given out or not", codes), ("address of a member or not", members))
            ],
        ),
    ]
    title = f"The portal: {CODES:,} codes, {options.probes:,} probes of each kind of question"
    tell("portal", title, "python -m bench.portal", lines, is_kept=options.record)


if __name__ == "__main__":
    main()

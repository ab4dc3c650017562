"""`python -m bench.notices_write`: whole notices, from what one person is told to a signed mail, beside the bare signature.

In:    nothing (--notices for how many in a round, --rounds).
Out:   tables on the terminal; with --record also bench/record/<date>-<machine kind>-notices-write.md.
Else:  writing alone is `notices_render`, making and signing alone beside dkimpy is `notices_sign`.

Everything is measured in turn within each round, and a ratio is that of one round, so that other work on the machine touches both
sides alike. Rates are by processor time of one core. The bar of issue 5 is 1,000 a second, rendered and signed with Ed25519.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from tests.notices.written import LETTERHEAD

from bench.notices_render import STORY, people
from bench.page import table, tell
from spillkit.notices.addressees import Addressee
from spillkit.notices.code import code_keys
from spillkit.notices.company import Company, Sender
from spillkit.notices.signing import Signer, new_keys
from spillkit.notices.told import Told
from spillkit.notices.writing import Writer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BAR = 1_000
LANGUAGES = (("en",), ("ar",), ("ja",), ("en", "fr"))
UNSIGNED, ED, RSA, BOTH = "not signed", "Ed25519", "RSA-2048", "RSA-2048 and Ed25519"
BARE = "the bare signature, "
Work = Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.notices_write", description=__doc__)
    parser.add_argument("--notices", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--record", action="store_true", help="write bench/record/<date>-<machine kind>-notices-write.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = [line for part in measure(Path(folder), options.notices, options.rounds) for line in part]
    note = (
        f"{options.rounds} rounds of {options.notices:,} notices, everything in turn in each round; by processor time of one core. "
        f"Bar: {BAR:,} a second with Ed25519."
    )
    title = "Whole notices: written, made and signed"
    tell("notices-write", title, "python -m bench.notices_write", lines, note=note, is_kept=options.record)


def measure(folder: Path, count: int, rounds: int) -> Iterator[list[str]]:
    """Yield a table for each way to write: one language, other scripts, two languages in one notice."""
    rsa_key, ed_key = new_keys(folder, LETTERHEAD.domain, "bench")
    company = Company(1, {LETTERHEAD.entity: LETTERHEAD}, {LETTERHEAD.entity: Sender("notices@bounce.shop.example")})
    signers = {UNSIGNED: (), ED: (ed_key,), RSA: (rsa_key,), BOTH: (rsa_key, ed_key)}
    writers = {
        name: Writer(
            STORY, company, code_keys(bytes(32)), NOON, signers={LETTERHEAD.entity: Signer(keys)} if keys else {}
        )
        for name, keys in signers.items()
    }
    for languages in LANGUAGES:
        rows = [
            (_with_id(told, number), Addressee(f"p{number}@mail.example", reader))
            for number, (told, _, reader) in enumerate(people(languages, count))
        ]
        size = len(writers[BOTH].post(*rows[0]).data)
        works: dict[str, Work] = {name: _all(writer, rows) for name, writer in writers.items()}
        works |= _bare(rsa_key.private, ed_key.private, count)
        yield _table(languages, size, _rates(works, count, rounds))


def _with_id(told: Told, number: int) -> Told:
    """Ids as they are made: letters of base32."""
    return msgspec.structs.replace(told, id=f"{number:026d}".translate(str.maketrans("0189", "abcd")))


def _all(writer: Writer, rows: Sequence[tuple[Told, Addressee]]) -> Work:
    def work() -> None:
        for told, to in rows:
            writer.post(told, to)

    return work


def _bare(
    rsa_private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey,
    ed_private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey,
    count: int,
) -> dict[str, Work]:
    """The signatures alone, over a digest: what no way of writing can be below."""
    assert isinstance(rsa_private, rsa.RSAPrivateKey)
    assert isinstance(ed_private, ed25519.Ed25519PrivateKey)
    digest, kind, pad = bytes(32), Prehashed(SHA256()), padding.PKCS1v15()

    def with_rsa() -> None:
        for _ in range(count):
            rsa_private.sign(digest, pad, kind)

    def with_ed() -> None:
        for _ in range(count):
            ed_private.sign(digest)

    def with_both() -> None:
        with_rsa()
        with_ed()

    return {BARE + ED: with_ed, BARE + RSA: with_rsa, BARE + BOTH: with_both}


def _rates(works: dict[str, Work], count: int, rounds: int) -> dict[str, list[float]]:
    """Return for each work its rate in every round, a second of processor time; a first round warms up and is not counted."""
    rates: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            start = time.process_time()
            work()
            if number:
                rates[name].append(count / (time.process_time() - start))
    return rates


def _table(languages: tuple[str, ...], size: int, rates: dict[str, list[float]]) -> list[str]:
    rows = []
    for name, found in rates.items():
        bare = rates.get(BARE + name)
        share = f"{statistics.median(one / other for one, other in zip(found, bare)):.0%}" if bare else "-"
        said = (
            "written and made, " if name == UNSIGNED else "" if name.startswith(BARE) else "written, made, signed with "
        )
        rows.append((said + name, f"{statistics.median(found):,.0f}", f"{min(found):,.0f}–{max(found):,.0f}", share))
    columns = ("what", "a second, median", "lowest and highest", "of the bare signature's rate")
    ratio = statistics.median(one / BAR for one in rates[ED])
    return [
        f"## {' + '.join(languages)}: {size:,} bytes with both signatures",
        "",
        *table(columns, rows),
        f"With Ed25519: {ratio:.2f} of the bar.",
        "",
    ]


if __name__ == "__main__":
    main()

"""How many notices a core makes and signs in a second, beside dkimpy and beside the RSA signature alone.

In:    nothing (`python -m bench.notices_sign`; --notices for how many).
Out:   a table on the terminal; with --record also bench/record/<date>-<machine kind>-notices-sign.md.
Else:  that signatures are right is tests/notices/test_signing.
"""

from __future__ import annotations

import argparse
import base64
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import dkim
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from bench.page import table, tell
from spillkit.notices.message import Mail, Post, Press, Sending, plain_post
from spillkit.notices.signing import SIGNED, DkimKey, Signer, new_keys

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SENDING = Sending("2026-11-cache", "Example Shop", "privacy@example.org", "example.org", "notices@bounce.example.org")
ROUNDS = 5


def mail(number: int) -> Mail:
    """A notice of usual size: 2 kB of text, 8 kB of HTML."""
    text = f"Dear Zoë {number},\n\n" + "Our site showed your e-mail address to other customers on 3 November.\n" * 27
    html = (
        "<html lang=en><body>"
        + "<p>Our site showed your e-mail address to other customers.</p>\n" * 125
        + "</body></html>"
    )
    name = f"Zoë Müller {number}"
    return Mail(f"n{number:025d}", f"zoe{number}@example.net", name, f"Your data – {name}", text, html, ("de",), NOON)


def dkimpy_fields(post: Post, keys: tuple[DkimKey, ...], pems: dict[str, bytes]) -> bytes:
    """The same two signatures by dkimpy, over the same fields."""
    names = [name.lower().encode() for name in SIGNED]
    fields = b""
    for key in keys:
        fields += dkim.sign(
            post.data, key.selector.encode(), key.domain.encode(), pems[key.selector], canonicalize=(b"relaxed", b"relaxed"),
            signature_algorithm=f"{key.algorithm}-sha256".encode(), include_headers=names,
        )  # fmt: skip
    return fields


def per_second(work: Callable[[int], object], count: int) -> float:
    """Return how often the work is done in a second of processor time: the median of the rounds."""
    rates = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for number in range(count):
            work(number)
        rates.append(count / (time.process_time() - start))
    return statistics.median(rates)


def measure(folder: Path, count: int) -> list[tuple[str, float]]:
    """Return what was done, and how often in a second of one core."""
    keys = new_keys(folder, "example.org", "bench")
    rsa_key, ed_key = (key for key in keys)
    pems = {
        rsa_key.selector: (folder / f"{rsa_key.selector}.example.org.pem").read_bytes(),
        ed_key.selector: _raw(ed_key),
    }
    press, both, ed_only = Press(SENDING), Signer(keys), Signer((ed_key,))
    mails = [mail(number) for number in range(count)]
    posts = [press.post(one) for one in mails]

    def made_and_signed(signer: Signer) -> Callable[[int], object]:
        def work(number: int) -> bytes:
            post = press.post(mails[number])
            return signer.sign(post.head, post.body, NOON) + post.data

        return work

    assert isinstance(rsa_key.private, rsa.RSAPrivateKey)
    private = rsa_key.private
    few = max(count // 20, 20)
    return [
        ("made by `Press`", per_second(lambda number: press.post(mails[number]), count)),
        ("made by Python's email package", per_second(lambda number: plain_post(mails[number], SENDING), few)),
        ("made, signed with Ed25519", per_second(made_and_signed(ed_only), count)),
        ("made, signed with RSA-2048 and Ed25519", per_second(made_and_signed(both), count)),
        ("RSA-2048 signature alone (the limit of the line above)", per_second(
            lambda number: private.sign(posts[number].head, padding.PKCS1v15(), SHA256()), count)),
        ("signed with Ed25519 by dkimpy (not made)", per_second(lambda number: dkimpy_fields(posts[number], (ed_key,), pems), few)),
        ("signed with both by dkimpy (not made)", per_second(lambda number: dkimpy_fields(posts[number], keys, pems), few)),
    ]  # fmt: skip


def _raw(key: DkimKey) -> bytes:
    """An Ed25519 key as dkimpy takes it."""
    assert isinstance(key.private, ed25519.Ed25519PrivateKey)
    return base64.b64encode(key.private.private_bytes_raw())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.notices_sign", description=__doc__)
    parser.add_argument("--notices", type=int, default=1_000)
    parser.add_argument(
        "--record", action="store_true", help="write bench/record/<date>-<machine kind>-notices-sign.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), options.notices)
    size = len(Press(SENDING).post(mail(1)).data)
    title = f"Notices made and signed: {options.notices:,} of {size:,} bytes"
    note = f"Median of {ROUNDS} rounds, by processor time of one core. Bar: 1,000 a second with Ed25519."
    lines = table(("what", "notices a second"), [(what, f"{rate:,.0f}") for what, rate in rows])
    tell("notices-sign", title, "python -m bench.notices_sign", lines, note=note, is_kept=options.record)


if __name__ == "__main__":
    main()

"""`python -m spillkit_shop`: keep the shop open for a browser, or play a story into a folder.

In:    arguments.
Out:   what happened, on the screen; exit code 2 for arguments that mean nothing.
Else:  the open shop is `live`; stories are `stories` and `driver`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from spillkit_shop.customers import SMALLEST
from spillkit_shop.driver import play
from spillkit_shop.faults import FAULTS
from spillkit_shop.live import Live, open_live_shop
from spillkit_shop.stories import SIZES, clean_story, day_story, story_for


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m spillkit_shop", description="A small shop that leaks on purpose.")
    parser.add_argument("--list", action="store_true", help="name every fault")
    commands = parser.add_subparsers(dest="command")
    serve = commands.add_parser("serve", help="keep the shop open on 127.0.0.1")
    serve.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS))
    serve.add_argument("--port", type=int, default=8137)
    serve.add_argument("--customers", type=int, default=SMALLEST)
    serve.add_argument("--identities", type=Path, default=Path("identities.toml"), help="file for `fix verify`")
    tell = commands.add_parser("play", help="play a story into a folder")
    tell.add_argument("folder", type=Path)
    tell.add_argument("--fault", choices=["clean", "day", *FAULTS], default="cdn_cache")
    tell.add_argument("--also", choices=sorted(FAULTS), default="", help="a second fault")
    tell.add_argument("--size", choices=SIZES, default="medium")
    tell.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    if chosen.list:
        _list()
        return 0
    if chosen.command == "serve":
        if chosen.customers < SMALLEST:
            print(f"The shop needs at least {SMALLEST} customers.", file=sys.stderr)
            return 2
        try:
            asyncio.run(_serve(chosen))
        except KeyboardInterrupt:
            print("Closed.")
        except OSError as error:
            print(f"Port {chosen.port} cannot be opened ({error.strerror}). Name another with --port.", file=sys.stderr)
            return 2
        return 0
    if chosen.command == "play":
        _play(chosen)
        return 0
    parser.print_help()
    return 2


def _list() -> None:
    for fault in FAULTS.values():
        print(f"{fault.number:>2}  {fault.name:<18} {fault.words}")


async def _serve(chosen: argparse.Namespace) -> None:
    async with open_live_shop(chosen.fault, chosen.customers, port=chosen.port) as live:
        _write_identities(live, chosen.identities)
        print(f"The shop is open: {live.base_url}   faults on: {', '.join(chosen.fault) or 'none'}")
        for customer in live.ordinary_customers(2):
            print(f"  sign in as {customer.email} with {live.password(customer)}")
        print(f"Test identities for `spillkit fix verify`: {chosen.identities}   End with Ctrl-C.", flush=True)
        await asyncio.Event().wait()


def _write_identities(live: Live, path: Path) -> None:
    """Write identities.toml, and beside it the files with their synthetic secrets, which only their owner may read."""
    lines = ["version = 1"]
    for name, customer in zip(("anna", "ben"), live.ordinary_customers(2), strict=True):
        secrets = {"email": customer.email, "password": live.password(customer)}
        for what, secret in secrets.items():
            file = path.with_name(f"{name}.{what}")
            file.touch(mode=0o600)
            file.write_text(secret, "utf-8")
        fields = ", ".join(f'{what} = {{ file = "{name}.{what}" }}' for what in secrets)
        lines += [
            "",
            "[[identity]]",
            f'name = "{name}"',
            f'subject = "{customer.id}"',
            f'login = {{ path = "/login", fields = {{ {fields} }} }}',
            'own = ["/account"]',
        ]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _play(chosen: argparse.Namespace) -> None:
    if chosen.fault == "clean":
        scenario = clean_story(chosen.seed)
    elif chosen.fault == "day":
        scenario = day_story(chosen.seed)
    else:
        scenario = story_for(chosen.fault, chosen.seed, chosen.size, also=chosen.also)
    began = time.monotonic()
    is_screen = sys.stderr.isatty()

    def progress(share: float) -> None:
        if is_screen:
            print(f"\rplaying {scenario.name}  {share:4.0%}", end="", file=sys.stderr, flush=True)

    story = play(scenario, chosen.folder, progress)
    if is_screen:
        print(file=sys.stderr)
    wrong = ", ".join(f"{count} by {fault}" for fault, count in story.exposed.items()) or "none"
    print(
        f"{scenario.name}: {story.exchanges} answers and {story.messages} messages in {chosen.folder}, "
        f"{time.monotonic() - began:.0f} s. Wrong ones: {wrong}."
    )


if __name__ == "__main__":
    sys.exit(main())

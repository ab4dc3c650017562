"""`python -m spillkit_portal`: serve the portal, or write its pages as plain files.

In:    a folder that the company published into, and where to serve.
Out:   a running server, or files; exit codes as of `spillkit`.
Else:  what is answered is `application`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from spillkit.exits import exit_code_of
from spillkit.notices.publication import read_publication
from spillkit_portal.settings import PROXIES, PUBLICATION, SPOOL, read_settings


@click.group()
def program() -> None:
    """Answer the public: is this message real, was I affected, what should I do, what is known."""


@program.command()
@click.argument("publication", type=click.Path(path_type=Path))
@click.option("--spool", type=click.Path(path_type=Path), required=True, help="Folder for questions that wait, sealed.")
@click.option("--address", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8470, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--proxy", "proxies", multiple=True, help="Network of a proxy whose X-Forwarded-For is believed.")
def serve(publication: Path, spool: Path, address: str, port: int, workers: int, proxies: tuple[str, ...]) -> None:
    """Serve until somebody stops it.

    Example: python -m spillkit_portal serve published --spool asked --proxy 127.0.0.1
    """
    from granian.constants import Interfaces
    from granian.server import Server

    from spillkit_portal.application import prepare

    os.environ |= {PUBLICATION: str(publication), SPOOL: str(spool), PROXIES: ",".join(proxies)}
    prepare(read_settings(os.environ))  # What is wrong with it is said here, once, and not by every worker.
    click.echo(f"The portal: http://{'[' + address + ']' if ':' in address else address}:{port}/ (end it with Ctrl-C)")
    sys.stdout.flush()
    Server(
        "spillkit_portal.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=2,
        log_access=False,
        log_enabled=False,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=5,
    ).serve()


@program.command()
@click.argument("publication", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
def publish(publication: Path, folder: Path) -> None:
    """Write the pages into FOLDER as plain files, for the time when nothing runs.

    Example: python -m spillkit_portal publish published /var/www/portal
    """
    from spillkit_portal.plain_files import write_files

    count = write_files(read_publication(publication).publication, folder)
    click.echo(f"{count} pages were written.")


if __name__ == "__main__":
    sys.exit(exit_code_of(program, "python -m spillkit_portal"))

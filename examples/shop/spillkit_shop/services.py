"""The profile service over TCP, and the pool of connections to it (fault 6, conn_desync).

In:    customers' numbers.
Out:   their profiles as JSON, one line for one line; which connection answered.
Else:  pages that show a profile are `pages_account`.

The protocol is one line up ("GET 17"), one line down. Replies carry no number of their question, as in Redis: whoever
reads must know that the reply is his. A request that is cancelled between its question and its reply must therefore
close the connection. With the fault on it goes back to the pool as it is, and every later question on it gets the
reply of the one before, until the pool retires the connection. That is redis-py issue 2624, and what OpenAI reported
of 20 March 2023.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

_LOOPBACK = "127.0.0.1"
_LONGEST_LINE = 1 << 16


class ProfileService:
    """A small real server on loopback.

    record      gives the reply for a number, in one line
    takes_ms    how long a reply takes
    slow_share  of replies take slow_ms instead
    """

    def __init__(self, record: Callable[[int], str], takes_ms: float, slow_share: float, slow_ms: float) -> None:
        self._record = record
        self._takes_ms = takes_ms
        self._slow_share = slow_share
        self._slow_ms = slow_ms
        self._random = Random("profile-service")
        self._server: asyncio.Server | None = None
        self._starting = asyncio.Lock()
        self._writers: set[asyncio.StreamWriter] = set()
        self._answering: set[asyncio.Task[None]] = set()
        self.asked = 0  # questions that have arrived

    async def start(self) -> None:
        """Listen, unless it does already."""
        if self._server is not None:
            return
        async with self._starting:
            if self._server is None:
                self._server = await asyncio.start_server(self._answer, _LOOPBACK, 0, limit=_LONGEST_LINE)

    @property
    def port(self) -> int:
        """Return where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._answering.add(task)
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                self.asked += 1
                slow = self._random.random() < self._slow_share
                takes_ms = self._slow_ms if slow else self._takes_ms * self._random.uniform(0.5, 1.5)
                await asyncio.sleep(takes_ms / 1000)
                writer.write(self._record(int(line.split()[1])).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass  # The caller went away, or sent something else than a question; both end the connection.
        finally:
            self._writers.discard(writer)
            self._answering.discard(task)
            writer.close()

    async def close(self) -> None:
        """Stop listening and end all connections."""
        if self._server is None:
            return
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await asyncio.gather(*self._answering, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None


@dataclass(slots=True)
class _Connection:
    name: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    uses_left: int  # the pool retires connections, so that none lives for ever

    def close(self) -> None:
        self.writer.close()


class Pool:
    """A worker's connections to the profile service, used in turn."""

    def __init__(self, worker: str, random: Random, size: int = 4) -> None:
        self._worker = worker
        self._random = random
        self._free: deque[_Connection] = deque()
        self._room = asyncio.Semaphore(size)
        self._made = 0
        self._was_careless = False

    async def ask(self, port: int, number: int, timeout_s: float, *, careless: bool) -> tuple[str, str]:
        """Return the reply about a customer, and the name of the connection that gave it.

        timeout_s  how long to wait for the reply, once the question is sent
        careless   the fault: a connection whose reply was not read is used again
        Raises     TimeoutError, or ConnectionError if the service is gone
        """
        if self._was_careless and not careless:
            self._retire_all()  # The repair was a deploy, and that starts workers anew.
        self._was_careless = careless
        async with self._room:
            connection = self._free.popleft() if self._free else await self._connect(port)
            sent = False
            whole = False
            try:
                connection.writer.write(f"GET {number}\n".encode())
                sent = True
                async with asyncio.timeout(timeout_s):
                    line = await connection.reader.readline()
                whole = line.endswith(b"\n")
            finally:
                connection.uses_left -= 1
                unread = sent and not whole
                keep = connection.uses_left > 0 and (careless or not unread) and not connection.reader.at_eof()
                if keep:
                    self._free.append(connection)
                else:
                    connection.close()
        if not whole:
            raise ConnectionError("the profile service closed the connection")
        return line.decode(), connection.name

    async def _connect(self, port: int) -> _Connection:
        reader, writer = await asyncio.open_connection(_LOOPBACK, port, limit=_LONGEST_LINE)
        self._made += 1
        return _Connection(f"{self._worker}-c{self._made}", reader, writer, self._random.randint(20, 60))

    def _retire_all(self) -> None:
        for connection in self._free:
            connection.close()
        self._free.clear()

    async def close(self) -> None:
        """Close all connections."""
        writers = [connection.writer for connection in self._free]
        self._retire_all()
        for writer in writers:
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

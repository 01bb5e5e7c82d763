"""A stretch of network between a backend and a server, which can be made bad."""

import asyncio
import socket
import struct
import threading

PIECE_BYTES = 1 << 16
SLOW_SECONDS = 0.2
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Listens on loopback; a thread of its own moves the bytes."""

    def __init__(self, target):
        self.target = target
        self.condition = "open"
        self.port = 0
        self.links = set()
        started = threading.Event()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, args=(started,), daemon=True).start()
        started.wait()

    def set(self, condition):
        """`open`, `silent` (nothing arrives, nobody is told), `slow`, or `cut` (every connection is
        reset, new ones at once). Returns how many connections feel it."""
        count = len(self.links)
        self.loop.call_soon_threadsafe(self._set, condition)
        return count

    def _set(self, condition):
        self.condition = condition
        if condition == "cut":
            for writer in list(self.links):
                _reset(writer)
        self.changed.set()
        self.changed = asyncio.Event()

    def _run(self, started):
        asyncio.set_event_loop(self.loop)
        self.changed = asyncio.Event()
        server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()

    async def _serve(self, reader, writer):
        if self.condition == "cut":
            _reset(writer)
            return
        try:
            there = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            _reset(writer)
            return
        self.links.add(writer)
        try:
            await asyncio.gather(self._move(reader, there[1]), self._move(there[0], writer))
        finally:
            self.links.discard(writer)
            for side in (writer, there[1]):
                side.close()

    async def _move(self, reader, writer):
        try:
            while True:
                await self._passable()
                data = await reader.read(PIECE_BYTES)
                await self._passable()
                if self.condition == "slow":
                    await asyncio.sleep(SLOW_SECONDS)
                if not data:
                    break
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except OSError:
            # The other side hears of a broken connection, too.
            _reset(writer)

    async def _passable(self):
        while self.condition == "silent":
            await self.changed.wait()


def _reset(writer):
    """Closes so that the peer gets an RST."""
    link = writer.get_extra_info("socket")
    if link is not None and writer.transport is not None and not writer.transport.is_closing():
        try:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        except OSError:
            pass
        writer.transport.abort()

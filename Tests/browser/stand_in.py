"""A stand-in for the aggregator: the files, the policy and the socket, with frames on command."""

import asyncio
import json
import mimetypes
import threading
import time
from pathlib import Path

from aiohttp import WSMsgType, web

from frames import instant

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
BLANK = '<!doctype html><link rel="icon" href="icon.svg"><title>Blank</title>'
PULSE_SECONDS = 0.4
START_SECONDS = 10


class StandIn:
    """Its methods are called from the test's thread; all of the server runs in its own."""

    def __init__(self):
        self.port = None
        self.attempts = []  # when a socket was asked for, in seconds of the monotonic clock
        self.accepts = True  # False: sockets are refused with 503
        self.pulses = True  # False: nothing is sent by itself
        self.hides = set()  # paths that are not found
        self._frame = None
        self._sockets = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def blank_url(self):
        """A page of the dashboard's origin with nothing on it, to try its modules."""
        return self.url + "blank"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(START_SECONDS), "the stand-in did not start"
        return self

    def __exit__(self, *_):
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_SECONDS)

    def send(self, frame):
        """Sends a frame to all, and to whoever comes later. Text goes as it is."""
        self._call(self._send(frame))

    def drop(self):
        """Ends all sockets as a server does that goes away."""
        self._call(self._drop())

    @property
    def sockets(self):
        return len(self._sockets)

    # On the server's thread.

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(START_SECONDS)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()

    async def _start(self):
        app = web.Application()
        self._add_routes(app.router)
        app.router.add_get("/{path:.*}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._pulse_task = self._loop.create_task(self._pulse())

    def _add_routes(self, router):
        router.add_get("/ws", self._socket)

    async def _stop(self):
        self._pulse_task.cancel()
        await self._drop()
        await self._runner.cleanup()

    async def _file(self, request):
        if request.path == "/blank":
            return web.Response(text=BLANK, content_type="text/html")
        path = (DASHBOARD / (request.match_info["path"] or "index.html")).resolve()
        is_inside = path.is_relative_to(DASHBOARD) and path.is_file()
        if not is_inside or request.path in self.hides:
            return web.Response(status=404)
        kind = mimetypes.guess_type(path.name)[0]
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store",
                   "X-Content-Type-Options": "nosniff"}
        return web.Response(body=path.read_bytes(), content_type=kind, headers=headers)

    async def _socket(self, request):
        self.attempts.append(time.monotonic())
        if not self.accepts:
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            if self._frame is not None and self.pulses:
                await socket.send_str(self._text())
            async for message in socket:
                if message.type == WSMsgType.ERROR:
                    break
        finally:
            self._sockets.discard(socket)
        return socket

    async def _send(self, frame):
        self._frame = frame
        await self._broadcast()

    async def _broadcast(self):
        for socket in list(self._sockets):
            try:
                await socket.send_str(self._text())
            except ConnectionError:
                self._sockets.discard(socket)

    def _text(self):
        if isinstance(self._frame, str):
            return self._frame
        return json.dumps(self._frame, ensure_ascii=False)

    async def _drop(self):
        for socket in list(self._sockets):
            await socket.close(code=1001)

    async def _pulse(self):
        """As the aggregator sends a frame when nothing changes, a little faster."""
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            if self.pulses and isinstance(self._frame, dict):
                self._frame = self._frame | {"seq": self._frame["seq"] + 1, "at": instant()}
                await self._broadcast()

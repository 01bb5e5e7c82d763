"""The connection with a clock, sockets and chance of the test's own."""

import pytest

HARNESS = """
    const { Connection } = await load("connection");
    let now = 0;
    let timers = [];
    const sockets = [];
    const environment = {
      now: () => now,
      random: () => 0,
      after: (milliseconds, action) => {
        const timer = { at: now + milliseconds, action };
        timers.push(timer);
        return timer;
      },
      cancel: (timer) => { timers = timers.filter((t) => t !== timer); },
      open: (url) => {
        const socket = { url, openedAt: now, isClosed: false, close() { this.isClosed = true; } };
        sockets.push(socket);
        return socket;
      },
    };
    const advance = (milliseconds) => {
      const end = now + milliseconds;
      for (;;) {
        timers.sort((a, b) => a.at - b.at);
        if (timers.length === 0 || timers[0].at > end) break;
        const timer = timers.shift();
        now = timer.at;
        timer.action();
      }
      now = end;
    };
    const phases = [];
    const c = new Connection({
      url: "ws://x/ws",
      onText: (text) => text === "frame",
      onChange: ({ phase }) => { if (phases.at(-1) !== phase) phases.push(phase); },
      environment,
    });
    const last = () => sockets.at(-1);
    const live = () => { last().onopen(); last().onmessage({ data: "frame" }); };
    c.retry();
"""


@pytest.fixture
def run(modules):
    return lambda body: modules.module(HARNESS + body)


def test_comes_back_after_1_2_4_8_16_16_seconds(run):
    times = run("""
        for (let n = 0; n < 7; n += 1) { last().onclose(); advance(c.status.retryAt - now); }
        return sockets.map((s) => s.openedAt)""")
    waits = [after - before for before, after in zip(times, times[1:])]
    assert waits == [1000, 2000, 4000, 8000, 16000, 16000, 16000]


def test_begins_with_one_second_again_after_a_frame_but_not_after_an_open(run):
    assert run("""
        last().onclose(); advance(1000); last().onopen(); last().onclose();
        const afterOpen = c.status.retryAt - now;
        advance(afterOpen); live(); last().onclose();
        return [afterOpen, c.status.retryAt - now]""") == [2000, 1000]


def test_is_stale_after_three_silent_seconds_and_live_with_the_next_frame(run):
    assert run("""
        live(); advance(2999); const before = c.status.phase; advance(1);
        const after = [c.status.phase, c.status.lastFrameAt];
        last().onmessage({ data: "frame" });
        return [before, ...after, c.status.phase, c.status.lastFrameAt, sockets.length]""") == [
            "live", "stale", 0, "live", 3000, 1]


def test_what_is_no_frame_does_not_count(run):
    assert run("""
        live(); advance(2000); last().onmessage({ data: "nonsense" });
        last().onmessage({ data: new Blob() }); advance(1000);
        return c.status.phase""") == "stale"


def test_a_silent_connection_is_given_up_after_twenty_seconds(run):
    assert run("""
        live(); advance(19_999); const before = [c.status.phase, sockets.length]; advance(1);
        return [...before, c.status.phase, sockets[0].isClosed]""") == ["stale", 1, "waiting", True]


def test_a_connection_that_does_not_open_is_given_up(run):
    assert run("advance(10_000); return [c.status.phase, sockets[0].isClosed]") == ["waiting", True]


def test_an_open_connection_without_a_first_frame_is_given_up(run):
    assert run("last().onopen(); advance(20_000); return c.status.phase") == "waiting"


def test_retry_connects_at_once_and_leaves_no_second_timer(run):
    assert run("""
        last().onclose(); advance(400); c.retry();
        const opened = [c.status.phase, sockets.length, last().openedAt];
        live(); advance(2000); last().onmessage({ data: "frame" }); advance(2000);
        return [...opened, sockets.length, c.status.phase, timers.length]""") == [
            "connecting", 2, 400, 2, "live", 1]


def test_a_dropped_socket_is_not_heard_any_more(run):
    assert run("""
        const first = last(); c.retry();
        return [first.onmessage, first.onclose, first.isClosed, sockets.length]""") == [
            None, None, True, 2]


def test_a_nudge_ends_a_wait_and_nothing_else(run):
    assert run("""
        live(); c.nudge(); const untouched = sockets.length;
        last().onclose(); c.nudge();
        return [untouched, sockets.length, phases]""") == [
            1, 2, ["connecting", "live", "waiting", "connecting"]]


def test_an_address_that_cannot_be_opened_is_a_failure(run):
    assert run("""
        environment.open = () => { throw new SyntaxError("no"); };
        c.retry();
        return c.status.phase""") == "waiting"


@pytest.mark.parametrize("protocol, expected", [
    ("http:", "ws://h:1/ws"), ("https:", "wss://h:1/ws"),
])
def test_the_socket_is_of_the_page_s_own_origin(modules, protocol, expected):
    address = modules.module(
        "const { socketAddress } = await load('connection'); return socketAddress(args[0])",
        {"protocol": protocol, "host": "h:1"})
    assert address == expected

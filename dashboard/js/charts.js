/** The three charts: one window, one pause for all of them. */

import { byId, setAttribute, setText } from "./dom.js";
import { Chart } from "./chart.js";
import { clock, count, milliseconds, rate } from "./format.js";
import { History } from "./history.js";

/** What is drawn, from what. `least`: the top of the axis while values are lower. */
const CHARTS = [
  {
    title: "Bets per second",
    note: "over the last second",
    unknown: "not known",
    least: 10,
    format: rate,
    series: [{ column: "bets", label: "Bets/s", colour: "--series-1", line: "filled" }],
  },
  {
    title: "Latency",
    note: "published to stored, last 10 s",
    unknown: "no bet stored in the last 10 s",
    least: 10,
    format: milliseconds,
    series: [
      { column: "p50", label: "p50", colour: "--series-1", line: "strong" },
      { column: "p95", label: "p95", colour: "--series-2", line: "dashed" },
      { column: "p99", label: "p99", colour: "--series-3", line: "fine" },
    ],
  },
  {
    title: "Backlog",
    note: "bets in the stream",
    unknown: "NATS does not answer",
    least: 10,
    format: count,
    series: [
      { column: "pending", label: "Waiting", colour: "--series-4", line: "filled" },
      { column: "inHand", label: "In hand", colour: "--series-2", line: "dashed" },
    ],
  },
];

/** Charts are drawn at most this often. */
const DRAW_MILLISECONDS = 250;

/** @param {import("./frame.js").Frame} frame the figures of one row of the history */
function figuresOf({ lastSecond, latency, backlog }) {
  return {
    bets: lastSecond.bets,
    p50: latency.p50,
    p95: latency.p95,
    p99: latency.p99,
    pending: backlog.pending,
    inHand: backlog.inHand,
  };
}

export class Charts {
  #history = new History(["bets", "p50", "p95", "p99", "pending", "inHand"]);
  #charts;
  #windowSeconds = 300;
  #pausedAt = null;
  #ahead = 0;
  #drawnAt = 0;
  #drawnSecond = 0;
  #isDue = true;

  constructor() {
    this.#charts = CHARTS.map((spec) => new Chart(byId("charts"), spec));
    for (const input of document.querySelectorAll('input[name="window"]')) {
      input.addEventListener("change", () => this.#choose(Number(input.value)));
      if (input.checked) this.#windowSeconds = Number(input.value);
    }
    byId("pause").addEventListener("click", () => this.#togglePause());
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", () => {
      this.#charts.forEach((chart) => chart.recolour());
      this.#isDue = true;
    });
  }

  /**
   * Keeps what a frame tells, paused or not. The time is the frame's own: frames that waited for a
   * sleeping tab then stand where they belong. `#ahead` is by how much that clock differs.
   * @param {number} now milliseconds since 1970
   */
  take(frame, now) {
    const time = frame.at ?? now;
    this.#ahead = time - now;
    this.#history.sample(time, figuresOf(frame));
  }

  /** Draws if a second has passed or the reader changed something. @param {number} now */
  draw(now) {
    const time = now + this.#ahead;
    const second = Math.floor(time / 1000);
    const moves = this.#pausedAt === null && second !== this.#drawnSecond;
    if (!(this.#isDue || moves) || now - this.#drawnAt < DRAW_MILLISECONDS) return;
    this.#isDue = false;
    this.#drawnAt = now;
    this.#drawnSecond = second;
    const to = this.#pausedAt ?? time;
    const from = to - this.#windowSeconds * 1000;
    for (const chart of this.#charts) {
      chart.draw(this.#history.rows(from, to, chart.columns), from, to, this.#windowSeconds);
    }
  }

  #choose(windowSeconds) {
    this.#windowSeconds = windowSeconds;
    this.#isDue = true;
  }

  #togglePause() {
    this.#pausedAt = this.#pausedAt === null ? Date.now() + this.#ahead : null;
    this.#isDue = true;
    const paused = this.#pausedAt !== null;
    setAttribute(byId("pause"), "aria-pressed", String(paused));
    setText(byId("pause"), paused ? "Resume" : "Pause");
    setText(byId("pause-note"), paused ? `Charts stand at ${clock(this.#pausedAt)}` : "");
  }
}

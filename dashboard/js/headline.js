/** The one sentence that says how things are, and the few words of the pill. Pure. */

import { clock, plural } from "./format.js";

const SERVER_NAMES = { nats: "NATS", postgres: "Postgres", redis: "Redis" };
const WHILE_AWAY = {
  nats: "No bet reaches the pods.",
  postgres: "Bets wait in the stream.",
  redis: "Bets are stored; odds follow later.",
};

/** A stream that is full within this time deserves a word. */
const FULL_SOON_SECONDS = 3600;

/** @param {string} name a dependency @returns {string} as a person writes it */
export function serverName(name) {
  return Object.hasOwn(SERVER_NAMES, name) ? SERVER_NAMES[name] : name;
}

/**
 * @typedef {object} Headline
 * @property {"good"|"busy"|"warn"|"bad"|"idle"} tone
 * @property {string} text
 * @property {boolean} canRetry whether the reader can do something: connect now
 */

/**
 * The most important thing first.
 * @param {import("./connection.js").ConnectionStatus} status
 * @param {?import("./frame.js").Frame} frame the newest
 * @returns {Headline}
 */
export function headline(status, frame) {
  return aboutConnection(status) ?? aboutEngine(frame);
}

function aboutConnection({ phase, failures, lastFrameAt }) {
  if (phase === "live") return null;
  const seen = lastFrameAt !== null;
  const from = `Figures are from ${clock(lastFrameAt)}.`;
  if (phase === "stale") return say("warn", `Connected, but silent. ${from}`, true);
  if (phase === "waiting") {
    return say("bad", seen ? `Disconnected. ${from}` : "The aggregator does not answer.", true);
  }
  if (failures === 0 && !seen) return say("idle", "Connecting to the aggregator.");
  return say("bad", seen ? `Reconnecting. ${from}` : "Connecting once more.", true);
}

function aboutEngine(frame) {
  const { reconciliation, dependencies, pods, stream } = frame;
  if (reconciliation.state === "violated") {
    return say("bad", `Reconciliation violated. ${reconciliation.violations[0] ?? ""}`.trim());
  }
  const down = dependencies.find(({ isUp }) => !isUp);
  if (down) {
    const since = down.since === null ? "" : ` since ${clock(down.since)}`;
    const effect = Object.hasOwn(WHILE_AWAY, down.name) ? ` ${WHILE_AWAY[down.name]}` : "";
    return say("warn", `${serverName(down.name)} is down${since}.${effect}`);
  }
  if (stream.secondsUntilFull !== null && stream.secondsUntilFull < FULL_SOON_SECONDS) {
    return say("warn", "The stream is full within the hour.");
  }
  const stale = pods.filter(({ state }) => state === "stale").length;
  if (stale > 0) return say("warn", `${plural(stale, "pod is", "pods are")} silent.`);
  if (reconciliation.state === "unknown") {
    return say("idle", "Live. Whether all bets are accounted for is not known yet.");
  }
  if (reconciliation.state === "catching_up") {
    return say("busy", "Live. Storing what was published.");
  }
  return say("good", "Live. Every published bet is accounted for.");
}

function say(tone, text, canRetry = false) {
  return { tone, text, canRetry };
}

/**
 * @param {import("./connection.js").ConnectionStatus} status
 * @param {number} now milliseconds since 1970
 */
export function pillText({ phase, retryAt, lastFrameAt }, now) {
  if (phase === "live") return "Live";
  if (phase === "stale") return `Stale since ${clock(lastFrameAt)}`;
  if (phase === "connecting") return "Connecting";
  return `Reconnecting in ${Math.max(1, Math.ceil((retryAt - now) / 1000))} s`;
}

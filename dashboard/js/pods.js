/** The table of pods. */

import { byId, element, keyed, setAttribute, setEmpty, setText } from "./dom.js";
import { count, duration, milliseconds, moment, money, moneyExact, rate } from "./format.js";

const STATES = { live: "Live", stale: "Stale", stopped: "Stopped" };

/** Each column: its heading, what a cell shows, and the exact value where that differs. */
const COLUMNS = [
  { head: "State", text: ({ state }) => STATES[state] },
  { head: "Bets", text: ({ totalBets }) => count(totalBets) },
  { head: "Bets/s", text: ({ betsPerSecond }) => rate(betsPerSecond) },
  {
    head: "Volume",
    text: ({ totalValue }) => money(totalValue),
    title: ({ totalValue }) => moneyExact(totalValue),
  },
  { head: "p50", text: ({ p50 }) => milliseconds(p50) },
  { head: "p99", text: ({ p99 }) => milliseconds(p99) },
  { head: "DB failures", text: ({ databaseFailures }) => count(databaseFailures) },
  { head: "Redis failures", text: ({ redisFailures }) => count(redisFailures) },
  { head: "Duplicates", text: ({ duplicates }) => count(duplicates) },
  { head: "Rejected", text: ({ rejected }) => count(rejected) },
  { head: "Sent again", text: ({ redeliveries }) => count(redeliveries) },
  {
    head: "Silent for",
    text: ({ silentSeconds }) => duration(silentSeconds),
    title: ({ lastSeenAt }) => `Last heard of ${moment(lastSeenAt)}`,
  },
];

/** Writes the headings; once, before the first frame. */
export function renderPodsHead() {
  for (const head of ["Pod", ...COLUMNS.map((column) => column.head)]) {
    const cell = element("th", "", head);
    cell.scope = "col";
    byId("pods-head").append(cell);
  }
}

/** @param {import("./frame.js").Frame} frame */
export function renderPods({ pods, podsTotal }) {
  setEmpty(byId("pods-empty"), pods.length === 0, "No pod has told its figures in ten minutes.");
  setText(byId("pods-note"), summary(pods, podsTotal));
  keyed(byId("pods"), pods, ({ name, boot }) => `${name}\u0000${boot}`, makeRow, updateRow);
}

function summary(pods, podsTotal) {
  const parts = Object.entries(STATES)
    .map(([state, word]) => [pods.filter((pod) => pod.state === state).length, word.toLowerCase()])
    .filter(([amount]) => amount > 0)
    .map(([amount, word]) => `${count(amount)} ${word}`);
  if (podsTotal > pods.length) parts.push(`${count(podsTotal - pods.length)} more not shown`);
  return parts.join(", ");
}

function makeRow() {
  const row = element("tr");
  const head = element("th");
  head.scope = "row";
  head.append(element("bdi"));
  row.append(head);
  COLUMNS.forEach(() => row.append(element("td")));
  row.children[1].className = "state";
  return row;
}

function updateRow(row, pod) {
  setAttribute(row, "data-state", pod.state);
  setText(row.firstElementChild.firstElementChild, pod.name === "" ? "(no name)" : pod.name);
  const started = `started ${moment(pod.startedAt)}`;
  const identity = [pod.name, `boot ${pod.boot}`, pod.build ?? "", started];
  setAttribute(row.firstElementChild, "title", identity.filter(Boolean).join(" · "));
  COLUMNS.forEach(({ text, title }, index) => {
    const cell = row.children[index + 1];
    const shown = text(pod);
    setText(cell, shown);
    const exact = title ? title(pod) : shown;
    setAttribute(cell, "title", exact === shown ? null : exact);
  });
}

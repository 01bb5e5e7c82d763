/** The ledger of published bets: what became of them, and whether the servers agree. */

import { byId, element, keyed, setAttribute, setText } from "./dom.js";
import { clock, count, DASH } from "./format.js";
import { serverName } from "./headline.js";

const STATES = {
  ok: { text: "Balanced", tone: "good" },
  catching_up: { text: "Catching up", tone: "busy" },
  violated: { text: "Violated", tone: "bad" },
  unknown: { text: "Unknown", tone: "idle" },
};

/** @param {import("./frame.js").Frame} frame */
export function renderReconciliation(frame) {
  const { reconciliation } = frame;
  const { text, tone } = STATES[reconciliation.state];
  setText(byId("reconciliation-state"), text);
  setAttribute(byId("reconciliation-state"), "data-tone", tone);
  renderLedger(reconciliation);
  crossCheck("ledger-rows", frame.rows, "postgres", frame);
  crossCheck("ledger-odds", frame.totalOdds, "redis", frame);
  crossCheck("ledger-pending", frame.pendingBets, "nats", frame);
  keyed(
    byId("violations"),
    reconciliation.violations,
    (violation) => violation,
    () => element("li"),
    setText,
  );
}

function renderLedger({
  published,
  duplicates,
  rejected,
  stored,
  lost,
  inFlight,
  oldestUnresolved,
}) {
  const known = ![published, duplicates, rejected].includes(null);
  setText(byId("ledger-published"), count(published));
  setText(byId("ledger-duplicates"), count(duplicates));
  setText(byId("ledger-rejected"), count(rejected));
  setText(byId("ledger-ingested"), known ? count(published - duplicates - rejected) : DASH);
  setText(byId("ledger-stored"), count(stored));
  setText(byId("ledger-flight"), count(inFlight));
  const first = oldestUnresolved === null ? "none" : `no. ${count(oldestUnresolved)}`;
  setText(byId("ledger-oldest"), inFlight === null ? DASH : first);
  setText(byId("ledger-lost"), lost === 0 ? "none" : count(lost));
  setAttribute(byId("ledger-lost"), "data-tone", lost > 0 ? "bad" : null);
}

/** A figure that comes from one server alone; without it, why it is not there. */
function crossCheck(id, value, server, { dependencies }) {
  const node = byId(id);
  const away = dependencies.find(({ name, isUp }) => name === server && !isUp);
  const why = away
    ? `${serverName(server)} is down since ${clock(away.since)}`
    : `${serverName(server)} has not answered yet`;
  const instead = `${DASH} ${serverName(server)} is ${away ? "down" : "silent"}`;
  setText(node, value === null ? instead : count(value));
  setAttribute(node, "data-unknown", value === null ? "" : null);
  setAttribute(node, "title", value === null ? why : null);
}

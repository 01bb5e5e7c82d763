/**
 * Wires the page: frames come in over the connection, the newest is drawn with the browser's next
 * picture, charts and waits move with a slow tick. What a frame said stays on screen until another
 * one comes, whatever happens to the connection in between.
 */

import { Banner, renderDependencies } from "./banner.js";
import { Charts } from "./charts.js";
import { Connection, socketAddress } from "./connection.js";
import {
  renderAccuracy,
  renderFailures,
  renderFigures,
  renderFoot,
  renderRejected,
  renderStream,
} from "./figures.js";
import { parseFrame } from "./frame.js";
import { renderMoney } from "./money.js";
import { OddsBoard } from "./odds.js";
import { renderPods, renderPodsHead } from "./pods.js";
import { renderReconciliation } from "./reconciliation.js";

/** Waits count down and charts move at this pace. */
const TICK_MILLISECONDS = 250;
/** Tables are written at most this often: nobody reads faster. */
const TABLES_MILLISECONDS = 240;

let newest = null;
let shownFigures = null;
let shownTables = null;
let tablesAt = 0;
let isPlanned = false;

const charts = new Charts();
const oddsBoard = new OddsBoard();
const connection = new Connection({
  url: socketAddress(window.location),
  onText: take,
  onChange: plan,
});
const banner = new Banner(() => connection.retry());

/** Takes a frame; drawing waits, so that of ten frames between two pictures only the last is. */
function take(text) {
  const frame = parseFrame(text);
  if (frame === null) return false;
  newest = frame;
  charts.take(frame, Date.now());
  plan();
  return true;
}

function plan() {
  if (isPlanned) return;
  isPlanned = true;
  requestAnimationFrame(draw);
}

function draw() {
  isPlanned = false;
  const now = Date.now();
  banner.render(connection.status, newest, now);
  if (newest === null) return;
  charts.draw(now);
  if (newest !== shownFigures) drawFigures();
  if (now - tablesAt < TABLES_MILLISECONDS) return;
  tablesAt = now;
  oddsBoard.render(newest, now);
  if (newest !== shownTables) drawTables();
}

function drawFigures() {
  shownFigures = newest;
  renderDependencies(newest);
  renderFigures(newest);
  renderAccuracy(newest);
}

function drawTables() {
  shownTables = newest;
  renderPods(newest);
  renderReconciliation(newest);
  renderMoney(newest);
  renderFailures(newest);
  renderRejected(newest);
  renderStream(newest);
  renderFoot(newest);
}

renderPodsHead();
window.addEventListener("online", () => connection.nudge());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") connection.nudge();
});
setInterval(plan, TICK_MILLISECONDS);
connection.retry();

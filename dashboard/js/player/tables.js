/** The tables of bets, rounds and entries. */

import { byId, element, keyed, setAttribute, setEmpty, setText } from "../dom.js";
import { clock, moment, moneyExact, plural } from "../format.js";
import { betState, change, entry, roundState, winner } from "./words.js";

const CANCELLABLE = new Set(["OPEN", "PARTLY_MATCHED"]);

/** A row whose first cell is its head; `kinds` are the classes of the others. */
function row(kinds) {
  const node = element("tr");
  const head = element("th");
  head.scope = "row";
  node.append(head, ...kinds.map((kind) => element("td", kind)));
  return node;
}

function fill(node, texts) {
  texts.forEach((text, index) => setText(node.children[index], text));
}

function time(node, text) {
  const at = Date.parse(text);
  setText(node, Number.isNaN(at) ? text : clock(at));
  setAttribute(node, "title", Number.isNaN(at) ? null : moment(at));
}

function state(node, [text, tone]) {
  setText(node, text);
  setAttribute(node, "data-tone", tone);
}

/** @param {import("./lists.js").Bets} bets @param {(bet: object) => void} onCancel */
export function renderBets({ open, done, isOpenWhole, isDoneWhole }, onCancel) {
  keyed(byId("open-bets"), open, (bet) => bet.betId, (bet) => openRow(bet, onCancel), showOpen);
  keyed(byId("done-bets"), done, (bet) => bet.betId, doneRow, showDone);
  const noneOpen = isOpenWhole ? "No open bets." : "None of the newest bets is open.";
  const noneDone = isDoneWhole ? "Nothing is settled yet." : "None of the newest bets is settled.";
  setEmpty(byId("open-empty"), open.length === 0, noneOpen);
  setEmpty(byId("done-empty"), done.length === 0, noneDone);
  const note = plural(open.length, "bet", "bets") + (isOpenWhole ? "" : ", maybe older ones too");
  setText(byId("open-note"), open.length === 0 ? "" : note);
}

function openRow(bet, onCancel) {
  const node = row(["", "", "amount", "amount", "amount", "", ""]);
  const button = element("button", "button", "Cancel");
  button.type = "button";
  button.addEventListener("click", () => {
    button.disabled = true;
    onCancel(bet).finally(() => {
      button.disabled = false;
    });
  });
  node.lastElementChild.append(button);
  return node;
}

function showOpen(node, bet) {
  fill(node, [bet.roundId, bet.side]);
  state(node.children[2], betState(bet.status));
  setText(node.children[3], moneyExact(bet.amount));
  setText(node.children[4], moneyExact(bet.matched));
  setText(node.children[5], moneyExact(bet.remaining));
  time(node.children[6], bet.createdAt);
  const button = node.querySelector("button");
  button.hidden = !CANCELLABLE.has(bet.status);
  const label = `Cancel what is open of ${moneyExact(bet.amount)} on ${bet.side} in ${bet.roundId}`;
  setAttribute(button, "aria-label", label);
}

function doneRow() {
  return row(["", "", "amount", "amount", "amount", ""]);
}

function showDone(node, bet) {
  fill(node, [bet.roundId, bet.side]);
  state(node.children[2], betState(bet.status));
  setText(node.children[3], moneyExact(bet.amount));
  setText(node.children[4], moneyExact(bet.matched));
  setText(node.children[5], moneyExact(bet.refunded));
  time(node.children[6], bet.createdAt);
}

/** @param {object[]} rounds newest first */
export function renderRounds(rounds) {
  keyed(byId("rounds"), rounds, (round) => round.roundId, () => row(["", ""]), (node, round) => {
    setText(node.children[0], round.roundId);
    setAttribute(node.children[0], "title", round.roundId);
    state(node.children[1], roundState(round.status));
    setText(node.children[2], winner(round.winner));
  });
  setEmpty(byId("rounds-empty"), rounds.length === 0, "There are no rounds yet.");
}

/** @param {object[]} entries newest first */
export function renderEntries(entries) {
  const kinds = ["amount", "amount", ""];
  keyed(byId("entries"), entries, (one) => one.entryId, () => row(kinds), (node, one) => {
    setText(node.children[0], entry(one.kind));
    setAttribute(node.children[0], "title", one.key ?? null);
    setText(node.children[1], change(one.amount));
    setAttribute(node.children[1], "data-tone", one.amount.startsWith("-") ? "idle" : "good");
    setText(node.children[2], moneyExact(one.balanceAfter));
    time(node.children[3], one.createdAt);
  });
  setEmpty(byId("entries-empty"), entries.length === 0, "Nothing has changed your balance yet.");
}

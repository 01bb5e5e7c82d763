/** What states, entries and problems are called. Pure. */

import { moneyExact } from "../format.js";

/** State of a bet -> [words, tone]. */
const BET_STATES = {
  OPEN: ["Open", "busy"],
  PARTLY_MATCHED: ["Partly matched", "busy"],
  MATCHED: ["Matched", "good"],
  SETTLED: ["Settled", "idle"],
  REFUNDED: ["Refunded", "idle"],
};

const ROUND_STATES = {
  OPEN: ["Open", "good"],
  CLOSED: ["Closed", "warn"],
  RESOLVED: ["Resolved", "idle"],
};

const ENTRIES = {
  DEPOSIT: "Deposit",
  BET: "Stake",
  SETTLE: "Winnings",
  VOID: "Stake back (void)",
  REFUND: "Stake back",
};

const PROBLEMS = {
  insufficient_funds: "Your balance is too low for this bet.",
  round_not_found: "There is no such round.",
  round_closed: "This round takes no bets any more.",
  amount_range: "This amount is not possible: it must be above 0 and within the limit.",
  amount_precision: "An amount has at most 8 decimals.",
  not_cancellable: "Nothing of this bet is open any more, so nothing can be cancelled.",
  bet_not_found: "There is no such bet of yours.",
  token_expired: "Your token has expired. Sign in with a new one.",
  token_invalid: "This token is not accepted here.",
  token_missing: "A token is wanted.",
  rate_limited: "Too many requests. Waiting a moment.",
  queue_full: "Very many bets are being placed. Try again in a moment.",
  database_unavailable: "The bank does not answer at the moment. Nothing was lost.",
  publishing_behind: "No bets are taken at the moment. Nothing was taken from your wallet.",
  busy: "The server is very busy. Trying again.",
  no_answer_in_time: "There was no answer in time. Trying again is safe.",
  unreachable: "The server cannot be reached.",
  not_found: "This server has no betting API.",
};

/** @param {string} state @returns {[string, string]} */
export function betState(state) {
  return BET_STATES[state] ?? [state, "idle"];
}

/** @param {string} state @returns {[string, string]} */
export function roundState(state) {
  return ROUND_STATES[state] ?? [state, "idle"];
}

/** @param {?string} winner @returns {string} */
export function winner(winner) {
  if (!winner) return "–";
  return winner === "void" ? "Void" : `Side ${winner}`;
}

/** @param {string} kind @returns {string} */
export function entry(kind) {
  return ENTRIES[kind] ?? kind;
}

/** @param {import("./api.js").Problem} problem @returns {string} */
export function problem(problem) {
  return PROBLEMS[problem.code] ?? (problem.detail || "Something went wrong.");
}

/** @param {string} text exact decimal text @returns {string} with its sign */
export function change(text) {
  return text.startsWith("-") ? `−${moneyExact(text.slice(1))}` : `+${moneyExact(text)}`;
}

/**
 * What is wrong with an amount, before anybody is asked.
 * @param {string} text @returns {?string} null when nothing is
 */
export function amountFault(text) {
  if (text === "") return "Enter an amount.";
  if (!/^\d{1,20}(\.\d+)?$/.test(text)) return "Digits and a point, as in 12.50.";
  if (/\.\d{9,}$/.test(text.replace(/0+$/, ""))) return PROBLEMS.amount_precision;
  if (!/[1-9]/.test(text)) return "More than 0 is wanted.";
  return null;
}

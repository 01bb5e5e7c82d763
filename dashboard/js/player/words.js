/** What states, entries and problems are called. Pure. */

import { moneyExact, plural } from "../format.js";

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
  rate_limited: "Too many requests in a short time.",
  queue_full: "Very many bets are being placed. Try again in a moment.",
  database_unavailable: "The bank does not answer at the moment.",
  publishing_behind: "No bets are taken at the moment.",
  busy: "The server is very busy.",
  no_answer_in_time: "There was no answer in time.",
  idempotency_key_reused: "The server took this for another bet, so this try placed nothing. "
    + "Look at your open bets; pressing the button again places a new one.",
  unreachable: "The server cannot be reached.",
  not_found: "This server has no betting API.",
};

const ONLY_ONCE = "Placing the same bet again cannot place it twice.";

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

/**
 * What is known of a bet after a try that failed.
 * @param {import("./api.js").Problem} newest why the newest try was not answered with a bet
 * @param {boolean} isDoubtful an earlier try had no certain answer
 * @returns {string}
 */
export function notPlaced(newest, isDoubtful) {
  const said = problem(newest);
  if (newest.isUnknown) return `${said} Whether the bet was placed is not known. ${ONLY_ONCE}`;
  if (!isDoubtful) return said;
  return `${said} This is about the newest try: an earlier one had no answer and may have placed `
    + `the bet. ${ONLY_ONCE}`;
}

/** @param {object[]} bets that may have been placed unheard, the newest last; at least one */
export function unheard(bets) {
  const more = bets.length > 1 ? ` and ${plural(bets.length - 1, "other bet", "other bets")}` : "";
  return `No answer came for ${bet(bets.at(-1))}${more}: whether anything was placed is not known. `
    + ONLY_ONCE;
}

/** @param {{roundId: string, side: string, amount: string}} bet @returns {string} */
export function bet({ roundId, side, amount }) {
  return `${moneyExact(amount)} on ${side} in ${roundId}`;
}

/** @param {string} text exact decimal text @returns {string} with its sign */
export function change(text) {
  return text.startsWith("-") ? `−${moneyExact(text.slice(1))}` : `+${moneyExact(text)}`;
}

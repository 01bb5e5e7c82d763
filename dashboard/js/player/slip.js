/** The form that places a bet. Its key belongs to what the form says and stays until the player was
 * told that the bet is placed, so pressing the button again can never place it twice. */

import { byId, setAttribute, setText } from "../dom.js";
import { moneyExact } from "../format.js";
import { readAmount } from "./amount.js";
import { Keys } from "./keys.js";
import { bet as words, notPlaced, unheard } from "./words.js";

const NONE_OPEN = "No round is open at the moment.";

export class Slip {
  #place;
  #keys = new Keys();
  #visit = null; // {user} while somebody is signed in
  #offered = null; // the rounds that can be chosen
  #noneOpen = NONE_OPEN; // what to say when there are none

  /** @param {(bet: object, key: string) => Promise<{body: object, isReplayed: boolean}>} place */
  constructor(place) {
    this.#place = place;
    byId("slip").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId("amount").addEventListener("input", () => this.#fault("amount", null));
    byId("round").addEventListener("change", () => this.#fault("round", null));
  }

  /**
   * Offers the open rounds; what was chosen stays chosen while it is among them.
   * @param {import("./lists.js").Rounds} rounds
   */
  offer({ open, isOpenWhole }) {
    const select = byId("round");
    const names = open.map((round) => round.roundId);
    this.#noneOpen = isOpenWhole ? NONE_OPEN : "None of the newest rounds is open.";
    const offered = [this.#noneOpen, ...names].join("\n");
    if (this.#offered === offered) return;
    this.#offered = offered;
    const chosen = select.value;
    select.replaceChildren(...names.map((name) => new Option(name, name, false, name === chosen)));
    select.disabled = names.length === 0;
    if (names.length === 0) this.#fault("round", this.#noneOpen);
    else this.#fault("round", null);
  }

  /** @param {{user: string}} visit one sign-in: what was asked in another is not told in it */
  open(visit) {
    this.#visit = visit;
    const bets = this.#keys.unanswered(visit.user);
    if (bets.length > 0) this.#say(unheard(bets), "warn");
  }

  clear() {
    this.#visit = null;
    byId("slip").reset();
    byId("place").disabled = false;
    byId("round").replaceChildren();
    this.#offered = null;
    this.#noneOpen = NONE_OPEN;
    this.#fault("round", null);
    this.#fault("amount", null);
    this.#say("", "idle");
  }

  async #submit() {
    const visit = this.#visit;
    const button = byId("place");
    if (button.disabled || visit === null) return;
    const bet = this.#read();
    if (bet === null) return;
    const key = this.#keys.begin(visit.user, bet);
    button.disabled = true;
    this.#say("Placing …", "busy");
    let answer = null;
    let problem = null;
    try {
      answer = await this.#place(bet, key);
    } catch (error) {
      problem = error;
    }
    // Who asked has left and is told nothing: the key stays, as after silence.
    if (visit !== this.#visit) return;
    button.disabled = false;
    if (answer) this.#placed(bet, answer);
    else this.#refused(bet, problem);
  }

  /** @returns {?object} null when something is wrong, which then is said */
  #read() {
    const roundId = byId("round").value;
    const { amount, fault } = readAmount(byId("amount").value);
    const side = byId("slip").elements.side.value;
    this.#fault("round", roundId ? null : this.#noneOpen);
    this.#fault("amount", fault);
    if (!roundId) byId("round").focus();
    else if (fault) byId("amount").focus();
    return roundId && !fault ? { roundId, side, amount } : null;
  }

  #placed(bet, { body, isReplayed }) {
    this.#keys.drop(this.#visit.user, bet);
    byId("amount").value = "";
    // The balance of a replayed answer is that of the first time.
    this.#say(isReplayed
      ? `Placed already, by an earlier try: ${words(bet)}. It is placed once.`
      : `Placed: ${words(bet)}. Balance ${moneyExact(body.balance)}.`, "good");
  }

  #refused(bet, problem) {
    const { user } = this.#visit;
    if (problem.code === "idempotency_key_reused") this.#keys.drop(user, bet);
    else if (problem.isUnknown === false) this.#keys.refused(user, bet);
    this.#say(notPlaced(problem, this.#keys.isUnanswered(user, bet)), "bad");
    if (problem.field === "amount" || problem.code === "insufficient_funds") {
      setAttribute(byId("amount"), "aria-invalid", "true");
      byId("amount").focus();
    }
  }

  #fault(name, text) {
    setText(byId(`${name}-error`), text ?? "");
    setAttribute(byId(name), "aria-invalid", text ? "true" : null);
  }

  #say(text, tone) {
    setText(byId("slip-answer"), text);
    setAttribute(byId("slip-answer"), "data-tone", tone);
  }
}

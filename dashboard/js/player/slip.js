/** The form that places a bet. A key belongs to what the form says: it stays until an answer is
 * certain, so pressing the button again after silence can never place a second bet. */

import { byId, setAttribute, setText } from "../dom.js";
import { moneyExact } from "../format.js";
import { newKey } from "./api.js";
import { amountFault, problem as words } from "./words.js";

export class Slip {
  #place;
  #pending = null; // {text, key} of a bet without a certain answer
  #offered = null; // the rounds that can be chosen

  /** @param {(body: object, key: string) => Promise<object>} place */
  constructor(place) {
    this.#place = place;
    byId("slip").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId("amount").addEventListener("input", () => this.#fault("amount", null));
    byId("round").addEventListener("change", () => this.#fault("round", null));
  }

  /** Offers the open rounds; what was chosen stays chosen while it is among them. */
  offer(rounds) {
    const select = byId("round");
    const names = rounds.filter((round) => round.status === "OPEN").map((round) => round.roundId);
    if (this.#offered === names.join("\n")) return;
    this.#offered = names.join("\n");
    const chosen = select.value;
    select.replaceChildren(...names.map((name) => new Option(name, name, false, name === chosen)));
    select.disabled = names.length === 0;
    if (names.length === 0) this.#fault("round", "No round is open at the moment.");
    else this.#fault("round", null);
  }

  clear() {
    this.#pending = null;
    byId("slip").reset();
    byId("round").replaceChildren();
    this.#offered = null;
    this.#fault("round", null);
    this.#fault("amount", null);
    this.#say("", "idle");
  }

  async #submit() {
    const button = byId("place");
    if (button.disabled) return;
    const body = this.#read();
    if (body === null) return;
    const text = JSON.stringify(body);
    if (this.#pending?.text !== text) this.#pending = { text, key: newKey() };
    button.disabled = true;
    this.#say("Placing …", "busy");
    try {
      const answer = await this.#place(body, this.#pending.key);
      this.#pending = null;
      byId("amount").value = "";
      this.#say(`Placed: ${moneyExact(body.amount)} on ${body.side} in ${body.roundId}. `
        + `Balance ${moneyExact(answer.balance)}.`, "good");
    } catch (problem) {
      this.#refused(problem);
    } finally {
      button.disabled = false;
    }
  }

  /** @returns {?object} null when something is wrong, which then is said */
  #read() {
    const roundId = byId("round").value;
    const amount = byId("amount").value.trim().replace(",", ".");
    const side = byId("slip").elements.side.value;
    const fault = amountFault(amount);
    this.#fault("round", roundId ? null : "No round is open at the moment.");
    this.#fault("amount", fault);
    if (!roundId) byId("round").focus();
    else if (fault) byId("amount").focus();
    return roundId && !fault ? { roundId, side, amount } : null;
  }

  #refused(problem) {
    if (!problem.isUnknown) this.#pending = null;
    const isSafe = problem.isUnknown
      ? " Whether the bet was placed is not known; pressing the button again cannot place it twice."
      : "";
    this.#say(words(problem) + isSafe, "bad");
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

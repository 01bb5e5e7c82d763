/**
 * The Idempotency-Keys of this tab. A key belongs to a user and to what the bet says. It is kept
 * until the player was told that the bet is placed: also after a refusal, since an earlier try may
 * have placed the bet and a refused key is free; also over a reload and a new sign-in.
 */

import { newKey } from "./api.js";
import { read, write } from "./storage.js";

const NAME = "betting-keys";
export const KEYS_MAX = 100;

export class Keys {
  #kept = restored(); // name -> {key, unanswered: tries without a certain answer}, oldest first

  /**
   * Call it before a try is sent: its answer may never come.
   * @param {string} user @param {{roundId: string, side: string, amount: string}} bet
   * @returns {string} the key to send
   */
  begin(user, bet) {
    const name = nameOf(user, bet);
    const { key, unanswered } = this.#kept.get(name) ?? { key: newKey(), unanswered: 0 };
    this.#kept.delete(name);
    this.#kept.set(name, { key, unanswered: unanswered + 1 });
    this.#save();
    return key;
  }

  /** The try was refused, which is certain; it says nothing of the tries before. */
  refused(user, bet) {
    const one = this.#kept.get(nameOf(user, bet));
    if (one) one.unanswered -= 1;
    this.#save();
  }

  /** The bet is placed and the player knows, or the key belongs to another bet. */
  drop(user, bet) {
    this.#kept.delete(nameOf(user, bet));
    this.#save();
  }

  /** @returns {object[]} the user's bets that may have been placed unheard, oldest first */
  unanswered(user) {
    return [...this.#kept]
      .filter(([, { unanswered }]) => unanswered > 0)
      .map(([name]) => JSON.parse(name))
      .filter(([owner]) => owner === user)
      .map(([, roundId, side, amount]) => ({ roundId, side, amount }));
  }

  /** Whether a try for this bet had no certain answer. */
  isUnanswered(user, bet) {
    return (this.#kept.get(nameOf(user, bet))?.unanswered ?? 0) > 0;
  }

  #save() {
    while (this.#kept.size > KEYS_MAX) this.#kept.delete(this.#leastNeeded());
    write(NAME, this.#kept.size === 0 ? null : JSON.stringify([...this.#kept]));
  }

  #leastNeeded() {
    const names = [...this.#kept.keys()];
    return names.find((name) => this.#kept.get(name).unanswered === 0) ?? names[0];
  }
}

function nameOf(user, { roundId, side, amount }) {
  return JSON.stringify([user, roundId, side, amount]);
}

function restored() {
  try {
    return new Map(JSON.parse(read(NAME) ?? "[]"));
  } catch {
    return new Map(); // Not what this page wrote.
  }
}

/**
 * Asks the API again and again: once a second while all is well, less often while it is not, not at
 * all while nobody looks. Most answers are "the same as before" (304) and cost little; a
 * socket would save them, but the server would have to watch every player's rows instead, since
 * bets change by other processes.
 */

import { waitMilliseconds } from "../backoff.js";

export const EVERY_MILLISECONDS = 1000;

export class Poll {
  #ask;
  #onChange;
  #timer = null;
  #isAsking = false;
  #isAgain = false;
  #isStopped = true;
  #run = 0; // what was asked in an earlier run concerns nobody any more
  #failures = 0;

  /**
   * @param {() => Promise<void>} ask throws a `Problem`
   * @param {(phase: "live"|"waiting", problem: ?Error) => void} onChange after each turn
   */
  constructor(ask, onChange) {
    this.#ask = ask;
    this.#onChange = onChange;
  }

  start() {
    this.#run += 1;
    this.#isStopped = false;
    this.#isAsking = false;
    this.#isAgain = false;
    this.#failures = 0;
    this.now();
  }

  stop() {
    this.#run += 1;
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Asks at once, and once more if it is asking already. */
  async now() {
    if (this.#isStopped) return;
    if (this.#isAsking) {
      this.#isAgain = true;
      return;
    }
    clearTimeout(this.#timer);
    const run = this.#run;
    this.#isAsking = true;
    let problem = null;
    try {
      await this.#ask();
    } catch (error) {
      problem = error;
    }
    if (run !== this.#run) return;
    this.#isAsking = false;
    this.#failures = problem ? this.#failures + 1 : 0;
    this.#onChange(problem ? "waiting" : "live", problem);
    if (run === this.#run) this.#plan(problem);
  }

  #plan(problem) {
    if (document.visibilityState === "hidden") return;
    if (this.#isAgain) {
      this.#isAgain = false;
      this.now();
      return;
    }
    const wait = problem
      ? Math.max(
          waitMilliseconds(this.#failures, Math.random()),
          (problem.retryAfterSeconds ?? 0) * 1000,
        )
      : EVERY_MILLISECONDS;
    this.#timer = setTimeout(() => this.now(), wait);
  }
}

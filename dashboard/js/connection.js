/**
 * The page's one connection: takes frames, notices silence, comes back after every loss.
 *
 *     connecting ──frame──> live <──frame── stale
 *         │                  └──3 s silence──^ │
 *         └──────closed──────> waiting <───────┘ closed, or 20 s of silence
 *
 * A wait ends by itself, by `retry()`, or by `nudge()`. The waits grow until a frame has come.
 */

import { waitMilliseconds } from "./backoff.js";

/** Without a frame for this long, what is shown is called stale. */
export const STALE_MILLISECONDS = 3000;
/** Without a frame for this long, the connection is given up. The server sends one a second. */
export const SILENCE_MILLISECONDS = 20_000;
/** A connection that is not open after this time is given up. */
export const CONNECT_MILLISECONDS = 10_000;

/**
 * @typedef {object} ConnectionStatus
 * @property {"connecting"|"live"|"stale"|"waiting"} phase
 * @property {number} failures in a row
 * @property {?number} retryAt when the wait ends, milliseconds since 1970
 * @property {?number} lastFrameAt when the newest frame came, milliseconds since 1970
 */

/** What a connection needs of the browser; tests bring their own. */
export const browser = {
  now: () => Date.now(),
  random: () => Math.random(),
  after: (milliseconds, action) => setTimeout(action, milliseconds),
  cancel: (timer) => clearTimeout(timer),
  open: (url) => new WebSocket(url),
};

/** @param {{protocol: string, host: string}} location @returns {string} the socket's address */
export function socketAddress(location) {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`;
}

export class Connection {
  #url;
  #onText;
  #onChange;
  #environment;
  #socket = null;
  #timer = null;
  #status = { phase: "connecting", failures: 0, retryAt: null, lastFrameAt: null };

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {(text: string) => boolean} options.onText takes a frame; false: it was none
   * @param {(status: ConnectionStatus) => void} options.onChange the phase or the wait changed
   * @param {typeof browser} [options.environment]
   */
  constructor({ url, onText, onChange, environment = browser }) {
    this.#url = url;
    this.#onText = onText;
    this.#onChange = onChange;
    this.#environment = environment;
  }

  /** @returns {ConnectionStatus} */
  get status() {
    return this.#status;
  }

  /** Opens a connection now, whatever was planned. */
  retry() {
    this.#drop();
    this.#change({ phase: "connecting", retryAt: null });
    this.#wait(CONNECT_MILLISECONDS, () => this.#failed());
    let socket;
    try {
      socket = this.#environment.open(this.#url);
    } catch {
      this.#failed();
      return;
    }
    this.#socket = socket;
    socket.onopen = () => this.#wait(SILENCE_MILLISECONDS, () => this.#failed());
    socket.onmessage = (event) => this.#received(event.data);
    socket.onclose = () => this.#failed();
  }

  /** Ends a wait early: the network or the reader has come back. */
  nudge() {
    if (this.#status.phase === "waiting") this.retry();
  }

  #received(data) {
    if (typeof data !== "string" || !this.#onText(data)) return;
    const lastFrameAt = this.#environment.now();
    this.#wait(STALE_MILLISECONDS, () => this.#silent());
    if (this.#status.phase === "live") this.#status = { ...this.#status, lastFrameAt };
    else this.#change({ phase: "live", failures: 0, retryAt: null, lastFrameAt });
  }

  #silent() {
    this.#wait(SILENCE_MILLISECONDS - STALE_MILLISECONDS, () => this.#failed());
    this.#change({ phase: "stale" });
  }

  #failed() {
    this.#drop();
    const { now, random } = this.#environment;
    const failures = this.#status.failures + 1;
    const wait = waitMilliseconds(failures, random());
    this.#wait(wait, () => this.retry());
    this.#change({ phase: "waiting", failures, retryAt: now() + wait });
  }

  /** Forgets the socket: nothing it still does is heard. */
  #drop() {
    this.#environment.cancel(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  /** There is one timer, for whatever comes next. */
  #wait(milliseconds, action) {
    this.#environment.cancel(this.#timer);
    this.#timer = this.#environment.after(milliseconds, action);
  }

  #change(changes) {
    this.#status = { ...this.#status, ...changes };
    this.#onChange(this.#status);
  }
}

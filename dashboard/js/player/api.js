/** The API as the page uses it: every answer is a value or a `Problem`, nothing else. */

const ANSWER_MILLISECONDS = 15_000;

/** Addresses whose answers are kept: several times those of one turn. Cursors come and go. */
const SEEN_MAX = 64;

/** Why there is no answer. `code` is the API's, or `unreachable`, or `strange` for anything else. */
export class Problem extends Error {
  constructor({ code, status = 0, detail = "", field = null, retryAfterSeconds = null }) {
    super(detail || code);
    Object.assign(this, { code, status, detail, field, retryAfterSeconds });
  }

  /** Nobody knows whether the request was done: asking again with the same key is safe. */
  get isUnknown() {
    const codes = ["unreachable", "strange", "request_in_progress"];
    return this.status >= 500 || codes.includes(this.code);
  }
}

export class Api {
  #token;
  #fetch;
  #seen = new Map(); // address -> {tag, body}, the one asked for last is the last

  /** @param {string} token @param {typeof fetch} [fetch] */
  constructor(token, fetch = (...all) => window.fetch(...all)) {
    this.#token = token;
    this.#fetch = fetch;
  }

  /**
   * What is there; the very object of last time while the server says that it is the same.
   * @param {string} address
   */
  async get(address) {
    const known = this.#seen.get(address);
    const headers = known ? { "If-None-Match": known.tag } : {};
    const answer = await this.#ask(address, { headers });
    if (answer.status === 304 && known) {
      this.#keep(address, known);
      return known.body;
    }
    const body = await this.#read(answer);
    const tag = answer.headers.get("ETag");
    if (tag) this.#keep(address, { tag, body });
    return body;
  }

  #keep(address, seen) {
    this.#seen.delete(address);
    this.#seen.set(address, seen);
    if (this.#seen.size > SEEN_MAX) this.#seen.delete(this.#seen.keys().next().value);
  }

  /**
   * @param {string} address @param {?object} body @param {?string} key for requests that have one
   * @returns {Promise<{body: object, isReplayed: boolean}>} replayed: done by an earlier request
   */
  async post(address, body, key = null) {
    const headers = {};
    if (key) headers["Idempotency-Key"] = key;
    const options = { method: "POST", headers };
    if (body) {
      headers["Content-Type"] = "application/json";
      options.body = JSON.stringify(body);
    }
    const answer = await this.#ask(address, options);
    const isReplayed = answer.headers.get("Idempotent-Replayed") === "true";
    return { body: await this.#read(answer), isReplayed };
  }

  async #ask(address, options) {
    const headers = { ...options.headers, Authorization: `Bearer ${this.#token}` };
    try {
      return await this.#fetch(address, {
        ...options,
        headers,
        cache: "no-store",
        credentials: "omit",
        signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
      });
    } catch {
      throw new Problem({ code: "unreachable" });
    }
  }

  async #read(answer) {
    let body = null;
    try {
      body = await answer.json();
    } catch {
      throw new Problem({ code: "strange", status: answer.status });
    }
    if (answer.ok) return body;
    const wait = Number.parseInt(answer.headers.get("Retry-After") ?? "", 10);
    throw new Problem({
      code: typeof body?.code === "string" ? body.code : "strange",
      status: answer.status,
      detail: typeof body?.detail === "string" ? body.detail : "",
      field: typeof body?.field === "string" ? body.field : null,
      retryAfterSeconds: Number.isFinite(wait) ? wait : null,
    });
  }
}

/** A new Idempotency-Key. `crypto.randomUUID` is not there on plain HTTP. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The token of this tab. It is in sessionStorage and nowhere else: never in an address, a cookie
 * or the page. */

import { read, write } from "./storage.js";

const NAME = "betting-token";

/** @returns {?string} */
export function load() {
  return read(NAME);
}

/** @param {?string} token null forgets it */
export function save(token) {
  write(NAME, token);
}

/**
 * What a token says of itself, to be shown. Nothing is checked: that is the server's to do.
 * @param {string} token
 * @returns {?{user: string, expiresAt: ?number}} null for what is no JWT; milliseconds since 1970
 */
export function describe(token) {
  const parts = token.split(".");
  if (parts.length !== 3) return null;
  try {
    const text = atob(parts[1].replaceAll("-", "+").replaceAll("_", "/"));
    const claims = JSON.parse(text);
    if (typeof claims.sub !== "string") return null;
    return {
      user: claims.sub.slice(0, 19),
      expiresAt: Number.isInteger(claims.exp) ? claims.exp * 1000 : null,
    };
  } catch {
    return null;
  }
}

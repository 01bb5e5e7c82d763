/** What lasts as long as the tab. Storage can be forbidden; then it lasts as long as the page. */

/** @param {string} name @returns {?string} */
export function read(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

/** @param {string} name @param {?string} text null forgets it */
export function write(name, text) {
  try {
    if (text === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, text);
  } catch {
    // As above.
  }
}

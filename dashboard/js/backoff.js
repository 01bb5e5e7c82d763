/** When to try again after a connection was lost. Pure. */

/** The waits after the first, second … failure in a row; the last one goes on. */
export const WAIT_SECONDS = [1, 2, 4, 8, 16];

/** Up to this share of a wait is taken off by chance, so that not all pages come back at once. */
export const JITTER_SHARE = 0.25;

/**
 * @param {number} failures in a row, at least 1
 * @param {number} chance 0 to 1
 * @returns {number} milliseconds
 */
export function waitMilliseconds(failures, chance) {
  const step = Math.min(Math.max(failures, 1), WAIT_SECONDS.length) - 1;
  return Math.round(WAIT_SECONDS[step] * 1000 * (1 - JITTER_SHARE * chance));
}

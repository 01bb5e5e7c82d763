/**
 * The accuracy of what is stored: of the bets that were taken in (published, less duplicates and
 * rejected ones), the share that has no row yet. Seven levels, as in the original dashboard.
 */

import { count, percent, plural } from "./format.js";

/** A level is reached when more than this many thousandths are missing. Highest first. */
const LIMITS = [
  { level: 7, thousandths: 10 },
  { level: 6, thousandths: 8 },
  { level: 5, thousandths: 6 },
  { level: 4, thousandths: 4 },
  { level: 3, thousandths: 2 },
  { level: 2, thousandths: 0 },
];

/** What a level means, in words. */
export const LEVEL_NAMES = [
  "every bet stored",
  "up to 0.2 % missing",
  "over 0.2 % missing",
  "over 0.4 % missing",
  "over 0.6 % missing",
  "over 0.8 % missing",
  "over 1 % missing",
];

/**
 * @typedef {object} Accuracy
 * @property {?number} level 1 (exact) to 7, null: undetermined
 * @property {?number} ingested published, less duplicates and rejected
 * @property {?number} missing ingested, less stored
 * @property {string} headline the share that is stored, or "Undetermined"
 * @property {string} detail the same in a sentence
 */

/**
 * @param {{published: ?number, duplicates: ?number, rejected: ?number, stored: ?number,
 *   lost: ?number}} ledger
 * @returns {Accuracy}
 */
export function judge({ published, duplicates, rejected, stored, lost }) {
  if ([published, duplicates, rejected, stored].includes(null)) {
    return undetermined(null, null, "Not all figures are known.");
  }
  const ingested = published - duplicates - rejected;
  const missing = ingested - stored;
  if (ingested < 0 || missing < 0) {
    return undetermined(
      ingested,
      missing,
      `${plural(stored, "bet", "bets")} stored, but only ${count(ingested)} taken in.`,
    );
  }
  if (ingested === 0) return undetermined(0, 0, "No bet was taken in yet.");
  return {
    level: levelOf(missing, ingested),
    ingested,
    missing,
    headline: percent(stored / ingested),
    detail: sentence(ingested, missing, Math.min(lost ?? 0, missing)),
  };
}

/** In whole numbers, so that exactly 0.2 % is not over 0.2 %. */
function levelOf(missing, ingested) {
  const reached = LIMITS.find(({ thousandths }) => missing * 1000 > ingested * thousandths);
  return reached ? reached.level : 1;
}

function sentence(ingested, missing, lost) {
  if (missing === 0) return `All ${plural(ingested, "bet", "bets")} taken in are stored.`;
  const stored = `${count(ingested - missing)} of ${plural(ingested, "bet", "bets")} stored`;
  const waiting = missing > lost ? `, ${count(missing - lost)} not yet` : "";
  return `${stored}${waiting}${lost > 0 ? `, ${count(lost)} lost for good` : ""}.`;
}

function undetermined(ingested, missing, detail) {
  return { level: null, ingested, missing, headline: "Undetermined", detail };
}

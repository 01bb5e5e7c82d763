/** Bets and rounds, which the API gives in pages. A page with a state may be empty and go on. */

/** Pages of one search; each looks at 2,000 lines at most. */
export const PAGES_MAX = 3;

const FINAL = new Set(["SETTLED", "REFUNDED"]);

/** The other states, in the order of a bet's life: one that changes while it is looked for is found
 * twice rather than never. */
const HOLDING = ["OPEN", "PARTLY_MATCHED", "MATCHED"];

/**
 * @typedef {object} Bets
 * @property {object[]} pages what this was made of
 * @property {object[]} open whose stakes are locked, newest first
 * @property {object[]} done newest first
 * @property {boolean} isOpenWhole whether no other bet is open
 * @property {boolean} isDoneWhole whether no other bet is done
 */

/**
 * @param {import("./api.js").Api} api
 * @param {object} newest the first page of all bets
 * @param {{locked: string}} wallet while nothing is locked no bet is open
 * @returns {Promise<Bets>}
 */
export async function readBets(api, newest, wallet) {
  const { bets } = newest;
  const pages = [newest];
  const older = new Map();
  let isOpenWhole = true;
  const isSearched = !hasEnded(pages) && Number(wallet.locked) !== 0;
  for (const state of isSearched ? HOLDING : []) {
    const found = await search(api, `/api/bets?limit=100&status=${state}`);
    pages.push(...found);
    isOpenWhole &&= hasEnded(found);
    for (const bet of found.flatMap((page) => page.bets)) older.set(bet.betId, bet);
  }
  for (const bet of bets) older.delete(bet.betId);
  const placedAt = (bet) => Date.parse(bet.createdAt);
  const behind = [...older.values()].sort((one, other) => placedAt(other) - placedAt(one));
  return {
    pages,
    open: [...bets.filter((bet) => !FINAL.has(bet.status)), ...behind],
    done: bets.filter((bet) => FINAL.has(bet.status)),
    isOpenWhole,
    isDoneWhole: hasEnded([newest]),
  };
}

/**
 * @typedef {object} Rounds
 * @property {object[]} pages what this was made of
 * @property {object[]} recent newest first
 * @property {object[]} open newest first
 * @property {boolean} isOpenWhole whether no other round is open
 */

/**
 * @param {import("./api.js").Api} api
 * @param {object} newest the first page of all rounds
 * @returns {Promise<Rounds>}
 */
export async function readRounds(api, newest) {
  const recent = newest.rounds;
  if (hasEnded([newest])) {
    const open = recent.filter((round) => round.status === "OPEN");
    return { pages: [newest], recent, open, isOpenWhole: true };
  }
  const found = await search(api, "/api/rounds?limit=100&status=OPEN");
  const open = found.flatMap((page) => page.rounds);
  return { pages: [newest, ...found], recent, open, isOpenWhole: hasEnded(found) };
}

/**
 * Whether two were made of the very same pages, so that they are alike.
 * @param {Bets|Rounds} one @param {?(Bets|Rounds)} other
 */
export function isSame(one, other) {
  if (one.pages.length !== other?.pages.length) return false;
  return one.pages.every((page, index) => page === other.pages[index]);
}

/** The first page and those behind it. */
async function search(api, address) {
  const pages = [await api.get(address)];
  while (!hasEnded(pages) && pages.length < PAGES_MAX) {
    const cursor = encodeURIComponent(pages.at(-1).nextCursor);
    pages.push(await api.get(`${address}&cursor=${cursor}`));
  }
  return pages;
}

function hasEnded(pages) {
  return !pages.at(-1).nextCursor;
}

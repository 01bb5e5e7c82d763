/** Wires the player's page: a token, then what the API says of its bearer, again and again. */

import { byId, setAttribute, setEmpty, setFigure, setText } from "../dom.js";
import { clock, money, moneyExact } from "../format.js";
import { Api, Problem } from "./api.js";
import { isSame, readBets, readRounds } from "./lists.js";
import { Poll } from "./poll.js";
import { describe, load, save } from "./session.js";
import { Slip } from "./slip.js";
import { renderBets, renderEntries, renderRounds } from "./tables.js";
import { problem as words } from "./words.js";

const BETS = "/api/bets?limit=100";
const ROUNDS = "/api/rounds?limit=50";
const LEDGER = "/api/wallet/ledger?limit=20";
/** What lies behind the newest pages is looked for when these change, and after so many rounds of
 * asking: it costs the server more than all the rest. */
const SEARCH_EVERY = 10;

let visit = null; // {user, api}: one sign-in; what was asked in another is not shown in it
let shown = { wallet: null, bets: null, rounds: null, ledger: null };
let older = []; // entries behind the newest page
let olderCursor = null;
let asks = 0;

const poll = new Poll(ask, changed);
const slip = new Slip(place);

async function ask() {
  const asked = visit;
  const { api } = asked;
  const newest = ["/api/wallet", BETS, ROUNDS].map((one) => api.get(one));
  const [wallet, newestBets, newestRounds] = await Promise.all(newest);
  if (visit !== asked) return;
  const isSearched = asks % SEARCH_EVERY === 0;
  const isNew = wallet !== shown.wallet || shown.ledger === null;
  const areBetsNew = isNew || newestBets !== shown.bets?.pages[0];
  const areRoundsNew = newestRounds !== shown.rounds?.pages[0];
  const [bets, rounds, ledger] = await Promise.all([
    isSearched || areBetsNew ? readBets(api, newestBets, wallet) : shown.bets,
    isSearched || areRoundsNew ? readRounds(api, newestRounds) : shown.rounds,
    isNew ? api.get(LEDGER) : shown.ledger,
  ]);
  asks += 1;
  if (visit === asked) show({ wallet, bets, rounds, ledger });
}

/** Draws only what is another than last time. */
function show(next) {
  if (next.wallet !== shown.wallet) {
    setFigure(byId("balance"), money(next.wallet.balance), moneyExact(next.wallet.balance));
    setFigure(byId("locked"), money(next.wallet.locked), moneyExact(next.wallet.locked));
    setText(byId("balance-note"), "To bet with");
  }
  if (!isSame(next.bets, shown.bets)) renderBets(next.bets, cancel);
  if (!isSame(next.rounds, shown.rounds)) {
    renderRounds(next.rounds.recent);
    slip.offer(next.rounds);
  }
  if (next.ledger !== shown.ledger) {
    older = [];
    olderCursor = next.ledger.nextCursor ?? null;
    showEntries(next.ledger);
  }
  shown = next;
}

function showEntries(ledger) {
  renderEntries([...ledger.entries, ...older]);
  byId("entries-more").hidden = olderCursor === null;
}

async function showOlder() {
  const asked = visit;
  const { ledger } = shown;
  const button = byId("entries-more");
  button.disabled = true;
  try {
    const page = await asked.api.get(`${LEDGER}&cursor=${encodeURIComponent(olderCursor)}`);
    if (shown.ledger !== ledger) return; // Another's, or begun anew since then.
    older = [...older, ...page.entries];
    olderCursor = page.nextCursor ?? null;
    showEntries(ledger);
    setText(byId("entries-error"), "");
  } catch (problem) {
    if (visit === asked) setText(byId("entries-error"), words(problem));
  } finally {
    if (visit === asked) button.disabled = false;
  }
}

async function place(bet, key) {
  const asked = visit;
  const answer = await asked.api.post("/api/bets", bet, key);
  if (visit === asked) poll.now();
  return answer;
}

async function cancel(bet) {
  const asked = visit;
  let text = "";
  let tone = "good";
  try {
    const { body } = await asked.api.post(`/api/bets/${bet.betId}/cancel`, null);
    text = `${moneyExact(body.refunded)} is back in your balance.`;
  } catch (problem) {
    text = words(problem);
    tone = "bad";
  }
  if (visit !== asked) return;
  setText(byId("open-answer"), text);
  setAttribute(byId("open-answer"), "data-tone", tone);
  poll.now();
}

function changed(phase, problem) {
  if (problem instanceof Problem && problem.status === 401) {
    leave();
    setText(byId("token-error"), words(problem));
    byId("token").focus();
    return;
  }
  setAttribute(document.documentElement, "data-phase", phase);
  setAttribute(byId("pill"), "data-phase", phase);
  setText(byId("pill-text"), phase === "live" ? "Live" : "Not connected");
  if (phase === "live") {
    say("good", "Up to date.");
    setText(byId("foot-checked"), `Asked at ${clock(Date.now())}`);
  } else if (problem instanceof Problem) {
    say("warn", words(problem), "What is shown may be old. Trying again.");
  } else {
    // A mistake of the page's own must not look like one of the server's.
    say("bad", "The page cannot show the answer.");
    console.error(problem);
  }
}

function say(tone, text, note = "") {
  setAttribute(byId("banner"), "data-tone", tone);
  setText(byId("banner-text"), text);
  setText(byId("banner-note"), note);
}

function enter(token) {
  const who = describe(token);
  if (who === null) {
    setText(byId("token-error"), "This is no token: three parts with points between are wanted.");
    setAttribute(byId("token"), "aria-invalid", "true");
    byId("token").focus();
    return;
  }
  save(token);
  visit = { user: who.user, api: new Api(token) };
  byId("token").value = "";
  setText(byId("token-error"), "");
  setAttribute(byId("token"), "aria-invalid", null);
  const until = who.expiresAt === null ? "" : ` until ${clock(who.expiresAt)}`;
  setText(byId("who-text"), `User ${who.user}${until}`);
  setView(true);
  slip.open(visit);
  setAttribute(byId("pill"), "data-phase", "connecting");
  setText(byId("pill-text"), "Connecting");
  say("idle", "Asking the server.");
  poll.start();
}

/** Forgets the token and everything that was shown. */
function leave() {
  poll.stop();
  save(null);
  visit = null;
  asks = 0;
  shown = { wallet: null, bets: null, rounds: null, ledger: null };
  older = [];
  olderCursor = null;
  byId("entries-more").hidden = true;
  byId("entries-more").disabled = false;
  slip.clear();
  setText(byId("open-answer"), "");
  setText(byId("entries-error"), "");
  for (const id of ["balance", "locked"]) setFigure(byId(id), "–", "");
  renderBets({ open: [], done: [], isOpenWhole: true, isDoneWhole: true }, cancel);
  renderRounds([]);
  renderEntries([]);
  for (const id of ["open-empty", "done-empty", "rounds-empty", "entries-empty"]) {
    setEmpty(byId(id), true, "Waiting for the first answer.");
  }
  setView(false);
  setAttribute(document.documentElement, "data-phase", null);
  setAttribute(byId("pill"), "data-phase", "connecting");
  setText(byId("pill-text"), "Signed out");
  say("idle", "Enter a token to begin.");
}

function setView(isIn) {
  byId("entry").hidden = isIn;
  byId("player").hidden = !isIn;
  byId("who").hidden = !isIn;
}

byId("entry-form").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(byId("token").value.trim());
});
byId("leave").addEventListener("click", () => {
  leave();
  byId("token").focus();
});
byId("entries-more").addEventListener("click", showOlder);
document.addEventListener("visibilitychange", () => poll.now());
window.addEventListener("online", () => poll.now());

const kept = load();
if (kept !== null) enter(kept);
else byId("token").focus();

/** The odds board: the busiest games, each selection's share and odds, and which way they moved. */

import { byId, element, fromTemplate, keyed, setAttribute, setEmpty, setText } from "./dom.js";
import { moneyExact, money, odds, percent, plural } from "./format.js";

/** A mark stays this long after the odds moved. */
const MARK_MILLISECONDS = 8000;
/** Selections shown of one game; the others are summed up in a line. */
const SELECTIONS_SHOWN = 5;
/** A bet without a selection has this one. */
const NO_SELECTION = "-";

const MARKS = {
  up: { sign: "▲", word: "up" },
  down: { sign: "▼", word: "down" },
};

/** Remembers the odds of what is on the board, to tell which way they move. Pure. */
export class Movements {
  #known = new Map();

  /**
   * @param {import("./frame.js").Game[]} games all that are on the board
   * @param {number} now milliseconds since 1970
   */
  take(games, now) {
    const next = new Map();
    for (const game of games) {
      for (const { name, odds: value } of game.selections) {
        const key = `${game.name}\u0000${name}`;
        next.set(key, moved(this.#known.get(key), value, now));
      }
    }
    this.#known = next;
  }

  /** @returns {"up"|"down"|null} which way it moved lately */
  direction(game, selection, now) {
    const known = this.#known.get(`${game}\u0000${selection}`);
    return known && now - known.at < MARK_MILLISECONDS ? known.direction : null;
  }
}

function moved(before, value, now) {
  if (!before || before.value === null || value === null) {
    return { value, direction: null, at: now };
  }
  const seen = odds(value) === odds(before.value);
  if (seen) return before;
  return { value, direction: value > before.value ? "up" : "down", at: now };
}

export class OddsBoard {
  #movements = new Movements();

  /** @param {import("./frame.js").Frame} frame @param {number} now milliseconds since 1970 */
  render({ games }, now) {
    this.#movements.take(games, now);
    setEmpty(byId("games-empty"), games.length === 0, "No bet on any game yet.");
    keyed(
      byId("games"),
      games,
      ({ name }) => name,
      () => fromTemplate("game-template"),
      (node, game) => this.#renderGame(node, game, now),
    );
  }

  #renderGame(node, game, now) {
    const note = node.querySelector(".note");
    setText(node.querySelector("bdi"), game.name);
    setText(note, `${plural(game.bets ?? 0, "bet", "bets")} · ${money(game.staked)}`);
    setAttribute(note, "title", moneyExact(game.staked));
    setText(node.querySelector("caption"), `Selections of ${game.name}`);
    const shown = game.selections.slice(0, SELECTIONS_SHOWN);
    const rest = game.selections.length - shown.length;
    if (rest > 0) shown.push({ name: null, rest });
    keyed(
      node.querySelector("tbody"),
      shown,
      ({ name }) => (name === null ? "\u0000" : name),
      makeSelection,
      (row, selection) => {
        if (selection.name === null) renderRest(row, selection.rest);
        else {
          const direction = this.#movements.direction(game.name, selection.name, now);
          renderSelection(row, selection, direction);
        }
      },
    );
  }
}

function makeSelection() {
  const row = element("tr", "selection");
  const head = element("th");
  head.scope = "row";
  head.append(element("bdi"));
  const share = element("td");
  const line = element("div", "share-line");
  const bar = element("span", "share-bar");
  bar.setAttribute("aria-hidden", "true");
  bar.append(element("span"));
  line.append(bar, element("span", "share-text"));
  share.append(line);
  const price = element("td", "price");
  const sign = element("span", "mark");
  sign.setAttribute("aria-hidden", "true");
  price.append(sign, element("span", "unseen"), element("span", "price-text"));
  row.append(head, share, price);
  return row;
}

function renderSelection(row, { name, staked, probability, odds: price }, direction) {
  const [head, share, priceCell] = row.children;
  const isNamed = name !== NO_SELECTION;
  setText(head.firstElementChild, isNamed ? name : "no selection");
  setAttribute(head, "data-unnamed", isNamed ? null : "");
  setText(share.querySelector(".share-text"), percentRounded(probability));
  const filled = share.querySelector(".share-bar > span");
  filled.style.inlineSize = `${100 * clamped(probability)}%`;
  setAttribute(share, "title", `${moneyExact(staked)} staked, ${percent(probability)}`);
  const mark = direction ? MARKS[direction] : { sign: "", word: "" };
  setText(priceCell.children[0], mark.sign);
  setText(priceCell.children[1], mark.word);
  setText(priceCell.children[2], odds(price));
  setAttribute(priceCell, "data-direction", direction);
}

function renderRest(row, rest) {
  const [head, share, price] = row.children;
  setText(head.firstElementChild, plural(rest, "more selection", "more selections"));
  setAttribute(head, "data-unnamed", "");
  head.colSpan = 3;
  share.hidden = true;
  price.hidden = true;
}

function clamped(share) {
  return Math.min(1, Math.max(0, share ?? 0));
}

function percentRounded(share) {
  return share === null ? percent(null) : `${(clamped(share) * 100).toFixed(1)} %`;
}

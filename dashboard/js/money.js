/** All money of the system: where it is, and whether it is what was paid in. */

import { byId, element, keyed, setAttribute, setText } from "./dom.js";
import { count, moneyExact, plural } from "./format.js";

/** @param {import("./frame.js").Frame} frame without money while nobody uses wallets */
export function renderMoney({ money }) {
  setAttribute(byId("money"), "hidden", money === null ? "" : null);
  if (money === null) return;
  const isBalanced = money.violations.length === 0;
  setText(byId("money-state"), isBalanced ? "Balanced" : "Violated");
  setAttribute(byId("money-state"), "data-tone", isBalanced ? "good" : "bad");
  setText(byId("money-balances"), moneyExact(money.balances));
  setText(byId("money-stakes"), moneyExact(money.openStakes));
  setText(byId("money-house"), moneyExact(money.house));
  setText(byId("money-deposits"), moneyExact(money.deposits));
  setText(byId("money-difference"), isZero(money.difference) ? "none" : moneyExact(money.difference));
  setAttribute(byId("money-difference"), "data-tone", isZero(money.difference) ? null : "bad");
  setText(byId("money-unpublished"), money.unpublished === 0 ? "none" : count(money.unpublished));
  setText(byId("money-note"), plural(money.wallets, "wallet", "wallets"));
  keyed(
    byId("money-violations"),
    money.violations,
    (violation) => violation,
    () => element("li"),
    setText,
  );
}

/** Decimal text of nothing at all. */
function isZero(text) {
  return text !== null && /^-?0*(\.0*)?$/.test(text);
}

/** Reads the amount of a bet as it was typed. Pure. */

import { problem as words } from "./words.js";

const DIGITS = /^\d{1,20}(\.\d+)?$/;

/**
 * What the text says, or what is wrong with it, before anybody is asked. An amount comes in its
 * shortest writing, so that the same amount is the same bet.
 * @param {string} text
 * @returns {{amount: ?string, fault: ?string}} one of them is null
 */
export function readAmount(text) {
  const typed = text.trim();
  if (typed === "") return wrong("Enter an amount.");
  // 1,500 is fifteen hundred to some and one and a half to others: nobody's stake is guessed.
  if (typed.includes(",")) return wrong("No commas, please: digits and a point, as in 1500 or 1.50.");
  if (!DIGITS.test(typed)) return wrong("Digits and a point, as in 12.50.");
  const amount = shortest(typed);
  if (/\.\d{9,}$/.test(amount)) return wrong(words({ code: "amount_precision" }));
  if (amount === "0") return wrong("More than 0 is wanted.");
  return { amount, fault: null };
}

function wrong(fault) {
  return { amount: null, fault };
}

/** 012.50 -> 12.5 */
function shortest(digits) {
  const [whole, decimals = ""] = digits.split(".");
  const fraction = decimals.replace(/0+$/, "");
  return whole.replace(/^0+(?=\d)/, "") + (fraction && `.${fraction}`);
}

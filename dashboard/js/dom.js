/** The few ways in which the page is changed. Text is always text: nothing here parses HTML. */

const shownTexts = new WeakMap();
const keyedNodes = new WeakMap();

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  return document.getElementById(id);
}

/** Touches the page only when the text is another one than last time. */
export function setText(node, text) {
  if (shownTexts.get(node) === text) return;
  shownTexts.set(node, text);
  node.textContent = text;
}

/** @param {?string} value null takes the attribute away */
export function setAttribute(node, attribute, value) {
  if (value === null) node.removeAttribute(attribute);
  else if (node.getAttribute(attribute) !== value) node.setAttribute(attribute, value);
}

/**
 * A figure: what is read at a glance, and exactly in its tooltip.
 * @param {HTMLDataElement} node @param {string} text @param {string} exact
 */
export function setFigure(node, text, exact = text) {
  setText(node, text);
  setAttribute(node, "value", exact);
  setAttribute(node, "title", exact === text ? null : exact);
}

/** The line that stands where a list has nothing to show. */
export function setEmpty(node, isEmpty, text) {
  if (node.hidden === isEmpty) node.hidden = !isEmpty;
  setText(node, text);
}

/** @param {string} tag @param {string} [className] @param {string} [text] */
export function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) setText(node, text);
  return node;
}

/**
 * One child of `parent` for each item, in their order; a child stays with its key.
 * @template T
 * @param {HTMLElement} parent whose children belong to this call alone
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(node: HTMLElement, item: T) => void} update
 */
export function keyed(parent, items, keyOf, make, update) {
  const before = keyedNodes.get(parent) ?? new Map();
  const after = new Map();
  items.forEach((item, position) => {
    let key = keyOf(item);
    while (after.has(key)) key += "\u0000";
    const node = before.get(key) ?? make(item);
    before.delete(key);
    after.set(key, node);
    if (parent.children[position] !== node) {
      parent.insertBefore(node, parent.children[position] ?? null);
    }
    update(node, item);
  });
  for (const node of before.values()) node.remove();
  keyedNodes.set(parent, after);
}

/** @param {string} id of a template with one element @returns {HTMLElement} a copy */
export function fromTemplate(id) {
  return byId(id).content.firstElementChild.cloneNode(true);
}

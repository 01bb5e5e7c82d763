/** The figures of a chart as a table, for who reads better than sees; written only while open. */

import { element, keyed, setAttribute, setText } from "./dom.js";
import { clock } from "./format.js";
import { thinned } from "./history.js";

/** A table has at most this many rows: a row stands for a longer span in a longer window. */
const ROWS_MAX = 60;

export class ChartTable {
  #spec;
  #button;
  #box;
  #latest = { rows: [], windowSeconds: 300 };

  /** @param {HTMLElement} node the chart's element @param {import("./chart.js").ChartSpec} spec */
  constructor(node, spec) {
    this.#spec = spec;
    this.#button = node.querySelector("button");
    this.#box = node.querySelector(".table-box");
    setAttribute(this.#button, "aria-label", `Show ${spec.title} as table`);
    setAttribute(this.#box, "aria-label", `${spec.title} as table`);
    const head = node.querySelector("thead tr");
    for (const label of ["Time", ...spec.series.map((series) => series.label)]) {
      const cell = element("th", "", label);
      cell.scope = "col";
      head.append(cell);
    }
    this.#button.addEventListener("click", () => this.#toggle());
  }

  /** @param {Array<Array<?number>>} rows oldest first @param {number} windowSeconds */
  render(rows, windowSeconds) {
    this.#latest = { rows, windowSeconds };
    if (this.#box.hidden) return;
    const span = windowSeconds / ROWS_MAX;
    setText(
      this.#box.querySelector("caption"),
      `${this.#spec.title}, newest first, ${span === 1 ? "every second" : `every ${span} s`}`,
    );
    keyed(
      this.#box.querySelector("tbody"),
      thinned(rows, span).slice(0, ROWS_MAX),
      ([time]) => String(Math.floor(time / (span * 1000))),
      () => this.#makeRow(),
      (row, figures) => this.#updateRow(row, figures),
    );
  }

  #toggle() {
    const open = this.#box.hidden;
    this.#box.hidden = !open;
    setAttribute(this.#button, "aria-expanded", String(open));
    setText(this.#button, open ? "Hide table" : "Show as table");
    const verb = open ? "Hide" : "Show";
    setAttribute(this.#button, "aria-label", `${verb} ${this.#spec.title} as table`);
    this.render(this.#latest.rows, this.#latest.windowSeconds);
  }

  #makeRow() {
    const row = element("tr");
    const head = element("th");
    head.scope = "row";
    row.append(head);
    this.#spec.series.forEach(() => row.append(element("td")));
    return row;
  }

  #updateRow(row, [time, ...values]) {
    setText(row.firstElementChild, clock(time));
    values.forEach((value, index) => setText(row.children[index + 1], this.#spec.format(value)));
  }
}

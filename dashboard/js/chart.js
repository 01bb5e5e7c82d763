/**
 * One chart: lines by dygraphs, a legend that shows the values under the pointer (else the newest),
 * and the same figures as a table. Without dygraphs the table is still there.
 */

import { timeTicks, upright, uprightTicks } from "./axes.js";
import { ChartTable } from "./chart-table.js";
import { element, fromTemplate, setAttribute, setText } from "./dom.js";
import { clock } from "./format.js";

/** Lines differ by more than their colour. */
const LINES = {
  strong: { strokeWidth: 2.25 },
  filled: { strokeWidth: 1.75, fillGraph: true },
  dashed: { strokeWidth: 1.5, strokePattern: [9, 4] },
  fine: { strokeWidth: 1 },
};

/** The words that describe the chart to a screen reader change at most this often. */
const DESCRIBE_MILLISECONDS = 5000;

/**
 * @typedef {object} ChartSpec
 * @property {string} title
 * @property {string} note
 * @property {string} unknown the note while no value is known
 * @property {number} least the top of the axis while all values are lower
 * @property {(value: ?number) => string} format
 * @property {Array<{column: string, label: string, colour: string,
 *   line: keyof typeof LINES}>} series
 */

export class Chart {
  #spec;
  #plot;
  #table;
  #note;
  #legendValues;
  #graph = null;
  #rows = [];
  #axis;
  #windowSeconds = 300;
  #pointedTime = null;
  #describedAt = 0;

  /** @param {HTMLElement} parent @param {ChartSpec} spec */
  constructor(parent, spec) {
    this.#spec = spec;
    this.#axis = upright(0, spec.least);
    const node = fromTemplate("chart-template");
    setText(node.querySelector(".chart-title"), spec.title);
    this.#note = node.querySelector(".note");
    setText(this.#note, spec.note);
    this.#plot = node.querySelector(".plot");
    setAttribute(this.#plot, "aria-label", `${spec.title}: no figures yet`);
    this.#legendValues = spec.series.map((series) => addLegend(node, series));
    this.#table = new ChartTable(node, spec);
    parent.append(node);
  }

  /** The history's columns it draws. */
  get columns() {
    return this.#spec.series.map(({ column }) => column);
  }

  /**
   * @param {Array<Array<?number>>} rows oldest first
   * @param {number} from @param {number} to the window, milliseconds since 1970
   * @param {number} windowSeconds
   */
  draw(rows, from, to, windowSeconds) {
    this.#rows = rows;
    this.#windowSeconds = windowSeconds;
    this.#axis = upright(highest(rows), this.#spec.least);
    this.#drawLines(from, to);
    this.#showLegend();
    this.#table.render(rows, windowSeconds);
    this.#describe(to);
  }

  /** Takes the colours from the style sheet anew. */
  recolour() {
    this.#graph?.updateOptions(this.#colours(), true);
  }

  #drawLines(from, to) {
    if (!window.Dygraph) {
      setText(this.#plot, "The drawing library is not here. The table has the figures.");
      return;
    }
    // Rows without values around the window: dygraphs wants something to draw.
    const nothing = this.#spec.series.map(() => null);
    const first = Math.min(from, this.#rows[0]?.[0] ?? from);
    const changes = {
      file: [[first - 1, ...nothing], ...this.#rows, [to + 1, ...nothing]],
      dateWindow: [from, to],
      // A little more, or dygraphs leaves out the label at the top.
      valueRange: [0, this.#axis.top * 1.02],
    };
    if (this.#graph) {
      this.#graph.updateOptions(changes);
      this.#pointAgain();
    } else {
      setAttribute(this.#plot, "data-empty", null);
      this.#graph = this.#makeGraph(changes);
    }
  }

  #makeGraph({ file, ...window_ }) {
    const { Axes, Grid } = Dygraph.Plugins;
    // The legend that dygraphs brings writes style attributes, which the page's policy forbids.
    Dygraph.PLUGINS = [Axes, Grid];
    const graph = new Dygraph(this.#plot, file, {
      ...window_,
      ...this.#colours(),
      labels: ["Time", ...this.#spec.series.map(({ label }) => label)],
      series: Object.fromEntries(this.#spec.series.map(({ label, line }) => [label, LINES[line]])),
      axes: {
        x: {
          axisLabelFontSize: 11,
          axisLabelWidth: 64,
          drawGrid: false,
          ticker: (a, b, pixels) => timeTicks(a, b, this.#windowSeconds, pixels),
        },
        y: { axisLabelFontSize: 11, axisLabelWidth: 40, ticker: () => uprightTicks(this.#axis) },
      },
      gridLineWidth: 1,
      fillAlpha: 0.14,
      highlightCircleSize: 3,
      interactionModel: {},
      highlightCallback: (event, time) => this.#point(time),
      unhighlightCallback: () => this.#point(null),
    });
    new ResizeObserver(() => graph.resize()).observe(this.#plot);
    return graph;
  }

  #colours() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    return {
      colors: this.#spec.series.map((series) => colour(series.colour)),
      gridLineColor: colour("--line"),
      axisLineColor: colour("--line"),
    };
  }

  #point(time) {
    this.#pointedTime = time;
    this.#showLegend();
  }

  /** New data takes the mark away from under a pointer that stands still. */
  #pointAgain() {
    if (this.#pointedTime === null) return;
    for (let row = 0; row < this.#graph.numRows(); row += 1) {
      if (this.#graph.getValue(row, 0) === this.#pointedTime) {
        this.#graph.setSelection(row);
        return;
      }
    }
    this.#pointedTime = null;
  }

  #showLegend() {
    const pointed = this.#rows.find(([time]) => time === this.#pointedTime);
    const row = pointed ?? this.#rows.at(-1);
    const isKnown = !row || row.slice(1).some((value) => value !== null);
    setText(this.#note, isKnown ? this.#spec.note : this.#spec.unknown);
    this.#legendValues.forEach((node, index) => {
      setText(node, this.#spec.format(row ? row[index + 1] : null));
      setAttribute(node, "title", row ? `at ${clock(row[0])}` : null);
    });
  }

  #describe(now) {
    if (now - this.#describedAt < DESCRIBE_MILLISECONDS || this.#rows.length === 0) return;
    this.#describedAt = now;
    const newest = this.#rows.at(-1);
    const values = this.#spec.series.map(
      ({ label }, index) => `${label} ${this.#spec.format(newest[index + 1])}`,
    );
    const window_ = `${this.#spec.title}, ${this.#windowSeconds / 60} min`;
    const top = this.#spec.format(highest(this.#rows));
    setAttribute(this.#plot, "aria-label", `${window_}: now ${values.join(", ")}; highest ${top}`);
  }
}

function addLegend(node, { label, colour, line }) {
  const item = element("li");
  const swatch = element("span", `swatch swatch-${line}`);
  swatch.style.borderColor = `var(${colour})`;
  swatch.setAttribute("aria-hidden", "true");
  const value = element("span", "legend-value");
  item.append(swatch, element("span", "legend-label", label), value);
  node.querySelector(".legend").append(item);
  return value;
}

function highest(rows) {
  let most = 0;
  for (const row of rows) {
    for (let index = 1; index < row.length; index += 1) most = Math.max(most, row[index] ?? 0);
  }
  return most;
}

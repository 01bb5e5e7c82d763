/**
 * The last quarter of an hour of a few figures, one row a second: what the charts draw. Bounded:
 * the newest row takes the oldest row's place.
 */

/** The longest window a chart offers. */
export const WINDOW_SECONDS_MAX = 15 * 60;

/** Rows within a window plus the breaks that outages leave in it. */
const ROWS_MAX = WINDOW_SECONDS_MAX + 60;

/** Without a sample for longer than this, the lines are broken. */
export const GAP_MILLISECONDS = 3000;

const STEP_MILLISECONDS = 1000;

/** A ring of rows: a time and one number a column; NaN where a figure was not known. */
export class History {
  #columns;
  #capacity;
  #times;
  #values;
  #first = 0;
  #length = 0;

  /** @param {string[]} columns names @param {number} capacity rows kept */
  constructor(columns, capacity = ROWS_MAX) {
    this.#columns = columns;
    this.#capacity = capacity;
    this.#times = new Float64Array(capacity);
    this.#values = columns.map(() => new Float64Array(capacity));
  }

  get length() {
    return this.#length;
  }

  /** The time of the newest row, or null. */
  get newest() {
    return this.#length === 0 ? null : this.#times[this.#slot(this.#length - 1)];
  }

  /**
   * Takes the figures of a moment. Within one second the newest figures stand; after a gap the
   * lines are broken; a clock that was set back starts the record anew.
   * @param {number} time milliseconds since 1970
   * @param {Object<string, ?number>} figures by column
   * @returns {boolean} whether a row was added (not only changed)
   */
  sample(time, figures) {
    const newest = this.newest;
    if (newest !== null && time < newest - GAP_MILLISECONDS) this.#length = 0;
    else if (newest !== null && this.#second(time) <= this.#second(newest)) {
      this.#write(this.#slot(this.#length - 1), newest, figures);
      return false;
    } else if (newest !== null && time - newest > GAP_MILLISECONDS) {
      this.#write(this.#push(), newest + STEP_MILLISECONDS, {});
    }
    this.#write(this.#push(), time, figures);
    return true;
  }

  /**
   * The rows of a span, oldest first: `[time, value of each column…]`, null for NaN. One row before
   * the span comes along, so that a line enters from the edge.
   * @param {number} from @param {number} to milliseconds since 1970, both included
   * @param {string[]} columns
   * @returns {Array<Array<?number>>}
   */
  rows(from, to, columns = this.#columns) {
    const values = columns.map((name) => this.#values[this.#columns.indexOf(name)]);
    const rows = [];
    for (let index = this.#firstAtOrAfter(from); index < this.#length; index += 1) {
      const slot = this.#slot(index);
      if (this.#times[slot] > to) break;
      rows.push([this.#times[slot], ...values.map((column) => nullIfUnknown(column[slot]))]);
    }
    return rows;
  }

  #firstAtOrAfter(time) {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[this.#slot(middle)] < time) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #second(time) {
    return Math.floor(time / STEP_MILLISECONDS);
  }

  #slot(index) {
    return (this.#first + index) % this.#capacity;
  }

  #push() {
    if (this.#length < this.#capacity) this.#length += 1;
    else this.#first = (this.#first + 1) % this.#capacity;
    return this.#slot(this.#length - 1);
  }

  #write(slot, time, figures) {
    this.#times[slot] = time;
    this.#columns.forEach((name, column) => {
      this.#values[column][slot] = figures[name] ?? NaN;
    });
  }
}

function nullIfUnknown(value) {
  return Number.isNaN(value) ? null : value;
}

/**
 * Rows thinned out for a table: the newest row of each span, newest first.
 * @param {Array<Array<?number>>} rows oldest first @param {number} seconds the span
 */
export function thinned(rows, seconds) {
  const bySpan = new Map();
  for (const row of rows) {
    if (row.slice(1).some((value) => value !== null)) {
      bySpan.set(Math.floor(row[0] / (seconds * 1000)), row);
    }
  }
  return [...bySpan.values()].reverse();
}

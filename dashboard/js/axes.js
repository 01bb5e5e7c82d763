/** Where a chart's lines and labels stand. Pure. */

import { clock, minute } from "./format.js";

/** The most intervals on the upright axis. */
const INTERVALS_MAX = 4;

/** Seconds between two labels of the time axis, by window; doubled where it is narrow. */
const TIME_STEPS = { 60: 15, 300: 60, 900: 180 };
const NARROW_PIXELS = 340;

/** No label within this share of the window from its left edge: the upright axis ends there. */
const CORNER_SHARE = 0.04;

/**
 * The upright axis for values up to `highest`: round numbers, at least up to `least`.
 * @returns {{top: number, step: number}}
 */
export function upright(highest, least) {
  const wanted = Math.max(highest, least);
  const power = 10 ** Math.floor(Math.log10(wanted / INTERVALS_MAX));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s * INTERVALS_MAX >= wanted);
  return { top: Math.ceil(wanted / step - 1e-9) * step, step };
}

/** @returns {Array<{v: number, label: string}>} ticks from 0 to the top */
export function uprightTicks({ top, step }) {
  const ticks = [];
  for (let index = 0; index * step <= top * (1 + 1e-9); index += 1) {
    const value = index * step;
    ticks.push({ v: value, label: short(value) });
  }
  return ticks;
}

/** 1500 is "1.5k": an axis has little room. */
export function short(value) {
  const [size, letter] = value >= 1e6 ? [1e6, "M"] : value >= 1e3 ? [1e3, "k"] : [1, ""];
  return `${Number((value / size).toPrecision(4))}${letter}`;
}

/**
 * @param {number} from @param {number} to milliseconds since 1970
 * @param {number} windowSeconds one of the windows on offer
 * @param {number} pixels how wide the axis is
 * @returns {Array<{v: number, label: string}>} ticks at round times of day
 */
export function timeTicks(from, to, windowSeconds, pixels) {
  const factor = pixels < NARROW_PIXELS ? 2 : 1;
  const step = TIME_STEPS[windowSeconds] * 1000 * factor;
  const label = windowSeconds < 300 ? clock : minute;
  const first = from + (to - from) * CORNER_SHARE;
  const ticks = [];
  for (let time = Math.ceil(first / step) * step; time <= to; time += step) {
    ticks.push({ v: time, label: label(time) });
  }
  return ticks;
}

/**
 * Numbers, times and sizes as a person reads them. Pure; everything that is not known is `DASH`.
 * The page is in English, so numbers are too, whatever the browser's language.
 */

/** Stands for a value that is not known. */
export const DASH = "–";

const LANGUAGE = "en";
const whole = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(LANGUAGE, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const hundredths = new Intl.NumberFormat(LANGUAGE, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const upToThousandths = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 3 });
const exactMoney = new Intl.NumberFormat(LANGUAGE, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 8,
});
const timeOfDay = new Intl.DateTimeFormat(LANGUAGE, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const hourAndMinute = new Intl.DateTimeFormat(LANGUAGE, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const dateAndTime = new Intl.DateTimeFormat(LANGUAGE, {
  dateStyle: "medium",
  timeStyle: "long",
  hourCycle: "h23",
});

/** Decimal text as the engine writes money; longer text is not shown. */
const DECIMAL = /^-?\d{1,40}(\.\d{1,18})?$/;

/** @param {?number} value a whole number */
export function count(value) {
  return value === null ? DASH : whole.format(value);
}

/** @param {?number} value something a second: tenths while they say something */
export function rate(value) {
  if (value === null) return DASH;
  return (Math.abs(value) < 1000 ? tenths : whole).format(value);
}

/**
 * Money to the hundredth. Takes text, since a sum can hold more digits than a JavaScript number.
 * @param {?string} text exact decimal text
 */
export function money(text) {
  return text !== null && DECIMAL.test(text) ? hundredths.format(text) : DASH;
}

/**
 * Money with every digit that is not zero, at least two decimals.
 * @param {?string} text exact decimal text
 */
export function moneyExact(text) {
  return text !== null && DECIMAL.test(text) ? exactMoney.format(text) : DASH;
}

/** @param {?number} value milliseconds; seconds from ten of them on */
export function milliseconds(value) {
  if (value === null) return DASH;
  if (value >= 10_000) return `${tenths.format(value / 1000)} s`;
  return `${(value < 100 ? tenths : whole).format(value)} ms`;
}

/** @param {?number} seconds a span of time in its two largest units */
export function duration(seconds) {
  if (seconds === null) return DASH;
  if (seconds < 10) return `${tenths.format(seconds)} s`;
  const rounded = Math.round(seconds);
  const units = [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ];
  const first = units.findIndex(([, size]) => rounded >= size);
  const parts = [];
  let rest = rounded;
  for (const [name, size] of units.slice(first, first + 2)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${whole.format(amount)} ${name}`);
  }
  return parts.join(" ");
}

/** @param {?number} value bytes, in the largest binary unit that leaves at least 1 */
export function bytes(value) {
  if (value === null) return DASH;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let amount = value;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${(unit === 0 ? whole : tenths).format(amount)} ${units[unit]}`;
}

/** @param {?number} share 0 to 1; what is not nothing never looks like it, nor what is not all */
export function percent(share) {
  if (share === null) return DASH;
  if (share > 0 && share < 0.00001) return "under 0.001 %";
  if (share < 1 && share > 0.99999) return "over 99.999 %";
  return `${upToThousandths.format(share * 100)} %`;
}

/** @param {?number} value decimal odds */
export function odds(value) {
  return value === null ? DASH : hundredths.format(value);
}

/** @param {?number} time milliseconds since 1970: the time of day in the reader's zone */
export function clock(time) {
  return time === null ? DASH : timeOfDay.format(time);
}

/** @param {number} time milliseconds since 1970: hours and minutes */
export function minute(time) {
  return hourAndMinute.format(time);
}

/** @param {?number} time milliseconds since 1970: date, time and zone */
export function moment(time) {
  return time === null ? DASH : dateAndTime.format(time);
}

/** @param {number} value @param {string} one @param {string} many: "1 bet", "2 bets" */
export function plural(value, one, many) {
  return `${whole.format(value)} ${value === 1 ? one : many}`;
}

/** The big numbers, the accuracy, the failures, what was rejected, the stream, the foot. */

import { judge, LEVEL_NAMES } from "./accuracy.js";
import { byId, element, keyed, setAttribute, setEmpty, setFigure, setText } from "./dom.js";
import {
  bytes,
  clock,
  count,
  DASH,
  duration,
  money,
  moneyExact,
  moment,
  percent,
  plural,
  rate,
} from "./format.js";

/** What a reason means, for its tooltip. */
const REASONS = {
  malformed: "Neither JSON nor Protocol Buffers as agreed",
  too_large: "More bytes than a bet may have",
  content_type: "A content type nobody knows",
  missing_field: "A field is missing",
  wrong_type: "A field is of another type",
  bad_id: "The id is no UUID",
  bad_game_id: "Not a game's id",
  bad_bet_type: "A type of bet nobody knows",
  bad_selection: "Not a selection's name",
  bad_user_id: "Not a user's id",
  amount_range: "The amount is too small or too large",
  amount_precision: "The amount has more than eight decimals",
  bad_timestamp: "Not a time as agreed",
  id_conflict: "The id is taken by another bet",
  poison: "Ended the process that tried to store it",
};

/** This many characters fit in full size; more are set smaller, many more smaller still. */
const MAIN_CHARACTERS = 10;
const SIDE_CHARACTERS = 13;
const VERY_LONG = 1.35;

/** @param {import("./frame.js").Frame} frame */
export function renderFigures(frame) {
  const { lastSecond, lastTenSeconds } = frame;
  bigFigure("total-bets", MAIN_CHARACTERS, count(frame.totalBets));
  setText(byId("total-bets-note"), totalNote(frame));
  bigFigure("bet-rate", SIDE_CHARACTERS, rate(lastSecond.bets));
  setText(byId("bet-rate-note"), `10 s mean ${rate(lastTenSeconds.bets)}`);
  const { totalValue } = frame;
  bigFigure("volume", SIDE_CHARACTERS, money(totalValue), moneyExact(totalValue));
  setText(byId("volume-note"), `${rate(lastSecond.value)} a second`);
  bigFigure("odds-updates", SIDE_CHARACTERS, count(frame.oddsUpdates));
  setText(byId("odds-updates-note"), `${rate(lastSecond.oddsUpdates)} a second`);
}

function totalNote({ duplicates, rejectedTotal, podsTotal, pods }) {
  const live = pods.filter(({ state }) => state === "live").length;
  const fromPods = live === 0 ? "no live pod" : `from ${plural(live, "live pod", "live pods")}`;
  const from = podsTotal === null ? "" : fromPods;
  const besides = [
    duplicates > 0 ? plural(duplicates, "duplicate", "duplicates") : "",
    rejectedTotal > 0 ? `${count(rejectedTotal)} rejected` : "",
  ].filter(Boolean);
  const aside = besides.length > 0 ? `besides ${besides.join(" and ")}` : "";
  return [from, aside].filter(Boolean).join(", ") || DASH;
}

function bigFigure(id, fitting, text, exact) {
  const node = byId(id);
  setFigure(node, text, exact);
  const length = text.length > fitting * VERY_LONG ? "very-long" : "long";
  setAttribute(node, "data-length", text.length > fitting ? length : null);
}

/** @param {import("./frame.js").Frame} frame */
export function renderAccuracy({ reconciliation }) {
  const accuracy = judge(reconciliation);
  const levels = byId("accuracy-levels");
  const level = accuracy.level ?? 0;
  setAttribute(byId("accuracy"), "data-level", String(level));
  [...levels.children].forEach((segment, index) => {
    setText(segment, index + 1 === level ? `${level} · ${LEVEL_NAMES[index]}` : "");
    setAttribute(segment, "title", `Level ${index + 1}: ${LEVEL_NAMES[index]}`);
  });
  setText(byId("accuracy-share"), accuracy.headline);
  setText(byId("accuracy-detail"), accuracy.detail);
  const words = level === 0 ? "undetermined" : `level ${level} of 7, ${LEVEL_NAMES[level - 1]}`;
  setAttribute(levels, "aria-label", `Accuracy ${words}`);
}

/** @param {import("./frame.js").Frame} frame */
export function renderFailures(frame) {
  failureRow("database-failures", "databaseFailures", frame);
  failureRow("redis-failures", "redisFailures", frame);
}

function failureRow(id, field, { [field]: total, lastSecond, lastTenSeconds }) {
  const row = byId(id);
  setAttribute(row, "data-active", String((lastTenSeconds[field] ?? 0) > 0));
  setText(row.children[1], count(total));
  setText(row.children[2], rate(lastSecond[field]));
  setText(row.children[3], rate(lastTenSeconds[field]));
}

/** @param {import("./frame.js").Frame} frame */
export function renderRejected({ rejected, rejectedTotal }) {
  setFigure(byId("rejected-total"), count(rejectedTotal));
  setEmpty(byId("reasons-empty"), rejected.length === 0, "No bet was rejected.");
  const most = rejected[0]?.amount ?? 1;
  keyed(
    byId("reasons"),
    rejected,
    ({ reason }) => reason,
    () => {
      const item = element("li", "reason");
      const bar = element("span", "reason-bar");
      bar.setAttribute("aria-hidden", "true");
      item.append(element("bdi", "reason-name"), element("span", "reason-count"), bar);
      return item;
    },
    (item, { reason, amount }) => {
      setText(item.children[0], reason.replaceAll("_", " "));
      setText(item.children[1], count(amount));
      item.children[2].style.inlineSize = `${Math.max(1, (100 * amount) / most)}%`;
      setAttribute(item, "title", Object.hasOwn(REASONS, reason) ? REASONS[reason] : null);
    },
  );
}

/** @param {import("./frame.js").Frame} frame */
export function renderStream({ stream, backlog, redeliveries }) {
  const meter = byId("stream-fill");
  setAttribute(meter, "value", String(stream.fill ?? 0));
  setText(byId("stream-note"), fullness(stream));
  setText(byId("stream-messages"), kept(stream));
  const limit = stream.bytesMax === null ? "" : ` of ${bytes(stream.bytesMax)}`;
  setText(byId("stream-bytes"), bytes(stream.bytes) + limit);
  setText(byId("stream-full"), fullIn(stream));
  const { oldestSeconds } = backlog;
  setText(byId("stream-oldest"), oldestSeconds === 0 ? "none" : duration(oldestSeconds));
  setText(byId("redeliveries"), count(redeliveries));
}

function fullness({ fill, messages }) {
  if (messages === null) return "NATS does not answer";
  return fill === null ? "without a limit" : `${percent(fill)} full`;
}

function kept({ messages }) {
  return messages === null ? DASH : plural(messages, "message", "messages");
}

/** The stream grows no more: there is no such time. */
function fullIn({ secondsUntilFull, messages }) {
  if (messages === null) return DASH;
  return secondsUntilFull === null ? "not in sight" : duration(secondsUntilFull);
}

/** @param {import("./frame.js").Frame} frame */
export function renderFoot({ aggregator, epochAt, seq, at }) {
  const { name, build, startedAt } = aggregator;
  const words = [name ?? "aggregator", build ?? "", `started ${moment(startedAt)}`];
  setText(byId("foot-aggregator"), words.filter(Boolean).join(" · "));
  setText(byId("foot-epoch"), epochAt === null ? "" : `Stream made ${moment(epochAt)}`);
  setText(byId("foot-frame"), `Frame ${count(seq)} at ${clock(at)}`);
}

/**
 * A frame as it comes, made safe: every field is there, of its type, or null; lists are bounded.
 * A frame of the original engine (eight fields) is one too. Pure.
 */

/** Longer text is no frame; the aggregator sends at most a quarter of it. */
const CHARACTERS_MAX = 256 * 1024;
const PODS_MAX = 200;
const GAMES_MAX = 12;
const SELECTIONS_MAX = 32;
const REASONS_MAX = 64;
const VIOLATIONS_MAX = 20;
const DEPENDENCIES_MAX = 8;
const NAME_CHARACTERS_MAX = 256;

/**
 * @param {string} text
 * @returns {?Frame} null when it is no frame
 */
export function parseFrame(text) {
  if (text.length > CHARACTERS_MAX) return null;
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || number(value.total_bets) === null) return null;
  return frameOf(value);
}

/**
 * @typedef {ReturnType<typeof frameOf>} Frame
 * @typedef {ReturnType<typeof podOf>} Pod
 * @typedef {ReturnType<typeof gameOf>} Game
 * @typedef {ReturnType<typeof reconciliationOf>} Reconciliation
 * @typedef {ReturnType<typeof moneyOf>} Money
 */

function frameOf(value) {
  return {
    seq: number(value.seq),
    at: time(value.at),
    aggregator: aggregatorOf(object(value.aggregator)),
    epochAt: epochTime(value.epoch),
    totalBets: number(value.total_bets),
    totalValue: decimal(value.total_value_text) ?? decimal(value.total_value),
    oddsUpdates: number(value.odds_updates),
    duplicates: number(value.duplicates),
    rejectedTotal: number(value.rejected_total),
    rejected: rejectedOf(object(value.rejected)),
    redeliveries: number(value.redeliveries),
    databaseFailures: number(value.db_failures),
    redisFailures: number(value.redis_failures),
    rows: number(value.bets_table_row_count),
    totalOdds: number(value.total_odds),
    pendingBets: number(value.pending_bets),
    lastSecond: ratesOf(object(object(value.rates)["1s"]), value),
    lastTenSeconds: ratesOf(object(object(value.rates)["10s"]), {}),
    latency: latencyOf(object(value.latency)),
    backlog: backlogOf(object(value.backlog)),
    stream: streamOf(object(value.stream)),
    pods: list(value.pods, PODS_MAX).map(podOf),
    podsTotal: number(value.pods_total),
    dependencies: list(value.dependencies, DEPENDENCIES_MAX).map(dependencyOf),
    reconciliation: reconciliationOf(object(value.reconciliation)),
    money: isObject(value.money) ? moneyOf(value.money) : null,
    games: list(value.games, GAMES_MAX).map(gameOf),
  };
}

function aggregatorOf(value) {
  return { name: name(value.pod_id), build: name(value.build), startedAt: time(value.started_at) };
}

/** @param {object} value the rates @param {object} top the frame, for the original's fields */
function ratesOf(value, top) {
  return {
    bets: number(value.bets) ?? number(top.bets_per_second),
    value: number(value.value),
    databaseFailures: number(value.db_failures) ?? number(top.db_failures_per_second),
    redisFailures: number(value.redis_failures) ?? number(top.redis_failures_per_second),
    oddsUpdates: number(value.odds_updates),
    duplicates: number(value.duplicates),
    rejected: number(value.rejected),
  };
}

function latencyOf(value) {
  return {
    windowSeconds: number(value.window_seconds),
    count: number(value.count),
    p50: number(value.p50_ms),
    p95: number(value.p95_ms),
    p99: number(value.p99_ms),
  };
}

function backlogOf(value) {
  return {
    pending: number(value.num_pending),
    inHand: number(value.num_ack_pending),
    oldestSeconds: number(value.oldest_age_seconds),
  };
}

function streamOf(value) {
  return {
    messages: number(value.messages),
    bytes: number(value.bytes),
    bytesMax: number(value.max_bytes),
    firstSequence: number(value.first_sequence),
    lastSequence: number(value.last_sequence),
    fill: number(value.fill),
    secondsUntilFull: number(value.seconds_until_full),
  };
}

function podOf(value) {
  return {
    name: name(value.pod_id) ?? "",
    boot: name(value.boot_id) ?? "",
    state: oneOf(value.state, ["live", "stale", "stopped"]) ?? "stale",
    totalBets: number(value.total_bets),
    totalValue: decimal(value.total_value_text),
    betsPerSecond: number(value.bets_per_second),
    databaseFailures: number(value.db_failures),
    redisFailures: number(value.redis_failures),
    oddsUpdates: number(value.odds_updates),
    duplicates: number(value.duplicates),
    rejected: number(value.rejected),
    redeliveries: number(value.redeliveries),
    p50: number(value.p50_ms),
    p99: number(value.p99_ms),
    build: name(value.build),
    startedAt: time(value.started_at),
    lastSeenAt: time(value.last_seen_at),
    silentSeconds: number(value.silent_seconds),
  };
}

function dependencyOf(value) {
  return {
    name: name(value.name) ?? "",
    isUp: value.state === "up",
    since: time(value.since),
    detail: name(value.detail),
  };
}

function reconciliationOf(value) {
  return {
    state: oneOf(value.state, ["ok", "catching_up", "violated"]) ?? "unknown",
    published: number(value.published),
    stored: number(value.stored),
    duplicates: number(value.duplicates),
    rejected: number(value.rejected),
    outcomes: number(value.outcomes),
    lost: number(value.lost),
    inFlight: number(value.in_flight),
    oldestUnresolved: number(value.oldest_unresolved_sequence),
    violations: list(value.violations, VIOLATIONS_MAX, isString).map(name),
  };
}

function moneyOf(value) {
  return {
    deposits: decimal(value.deposits_text),
    balances: decimal(value.wallets_text),
    openStakes: decimal(value.open_stakes_text),
    house: decimal(value.house_text),
    difference: decimal(value.difference_text),
    wallets: number(value.wallets),
    unpublished: number(value.unpublished_bets),
    violations: list(value.violations, VIOLATIONS_MAX, isString).map(name),
  };
}

function gameOf(value) {
  return {
    name: name(value.game_id) ?? "",
    bets: number(value.bets),
    staked: decimal(value.staked_text),
    selections: list(value.selections, SELECTIONS_MAX).map((selection) => ({
      name: name(selection.selection) ?? "",
      staked: decimal(selection.staked_text),
      probability: number(selection.probability),
      odds: number(selection.decimal_odds),
    })),
  };
}

/** Reasons with their numbers, most frequent first, then by name. */
function rejectedOf(value) {
  return Object.entries(value)
    .map(([reason, amount]) => ({ reason: name(reason), amount: number(amount) }))
    .filter(({ amount }) => amount !== null && amount > 0)
    .sort((a, b) => b.amount - a.amount || (a.reason < b.reason ? -1 : 1))
    .slice(0, REASONS_MAX);
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isString(value) {
  return typeof value === "string";
}

function object(value) {
  return isObject(value) ? value : {};
}

function list(value, lengthMax, accepts = isObject) {
  return Array.isArray(value) ? value.filter(accepts).slice(0, lengthMax) : [];
}

function number(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function name(value) {
  return isString(value) ? value.slice(0, NAME_CHARACTERS_MAX) : null;
}

function oneOf(value, allowed) {
  return allowed.includes(value) ? value : null;
}

/** Decimal text, or a number's shortest text where only that was sent. */
function decimal(value) {
  if (isString(value)) return value;
  return number(value) === null ? null : value.toFixed(8);
}

function time(value) {
  const parsed = isString(value) ? Date.parse(value) : NaN;
  return Number.isNaN(parsed) ? null : parsed;
}

/** An epoch is a stream's creation time in nanoseconds, as text. */
function epochTime(value) {
  return isString(value) && /^\d{7,19}$/.test(value) ? Number(value.slice(0, -6)) : null;
}

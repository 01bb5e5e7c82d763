/** The pill and the line below the bar: how the connection is, how the engine is. */

import { byId, element, keyed, setAttribute, setText } from "./dom.js";
import { moment, plural } from "./format.js";
import { headline, pillText, serverName } from "./headline.js";

/** A sentence of the same tone stays at least this long, so that a screen reader can follow. */
const SENTENCE_MILLISECONDS = 4000;

export class Banner {
  #tone = null;
  #changedAt = 0;

  /** @param {() => void} onRetry the reader asks for a connection now */
  constructor(onRetry) {
    byId("retry").addEventListener("click", onRetry);
  }

  /**
   * @param {import("./connection.js").ConnectionStatus} status
   * @param {?import("./frame.js").Frame} frame
   * @param {number} now milliseconds since 1970
   */
  render(status, frame, now) {
    setAttribute(byId("pill"), "data-phase", status.phase);
    setText(byId("pill-text"), pillText(status, now));
    setAttribute(document.documentElement, "data-phase", status.phase);
    setText(byId("banner-note"), note(status));
    const isOld = status.phase !== "live" && frame !== null;
    setText(byId("accuracy-title"), isOld ? "Accuracy, outdated" : "Accuracy");
    this.#say(headline(status, frame), now);
  }

  /** A change for the worse is said at once; what can be done is always what it is now. */
  #say({ tone, text, canRetry }, now) {
    this.#offerRetry(canRetry);
    const urgent = tone !== this.#tone && (tone === "bad" || tone === "warn" || !this.#tone);
    if (!urgent && now - this.#changedAt < SENTENCE_MILLISECONDS && !this.#leavesTrouble(tone)) {
      return;
    }
    if (byId("banner-text").textContent !== text) this.#changedAt = now;
    this.#tone = tone;
    setAttribute(byId("banner"), "data-tone", tone);
    setText(byId("banner-text"), text);
  }

  #leavesTrouble(tone) {
    return (this.#tone === "bad" || this.#tone === "idle") && tone !== this.#tone;
  }

  /** Before the button goes, the focus moves on: a keyboard would lose its place. */
  #offerRetry(canRetry) {
    const button = byId("retry");
    if (button.hidden === !canRetry) return;
    if (!canRetry && document.activeElement === button) byId("pause").focus();
    button.hidden = !canRetry;
  }
}

function note({ phase, failures }) {
  return phase === "waiting" || (phase === "connecting" && failures > 0)
    ? `${plural(failures, "attempt", "attempts")} failed`
    : "";
}

/** @param {import("./frame.js").Frame} frame */
export function renderDependencies({ dependencies }) {
  keyed(
    byId("dependencies"),
    dependencies,
    ({ name }) => name,
    () => {
      const item = element("li", "dependency");
      const dot = element("span", "dot");
      dot.setAttribute("aria-hidden", "true");
      item.append(dot, element("bdi"), element("span"));
      return item;
    },
    (item, { name, isUp, since, detail }) => {
      setAttribute(item, "data-state", isUp ? "up" : "down");
      setText(item.children[1], serverName(name));
      setText(item.children[2], isUp ? "up" : "down");
      item.children[2].className = isUp ? "unseen" : "";
      const sentence = `${isUp ? "Up" : "Down"} since ${moment(since)}`;
      setAttribute(item, "title", detail ? `${sentence}. ${detail}` : sentence);
    },
  );
}

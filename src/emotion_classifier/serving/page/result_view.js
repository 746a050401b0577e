// The latest result: answer, tone and probabilities.
import { colourOf, kindOf } from "./colours.js";

const SILENT = "no speech";
const ANNOUNCING_MS = 5_000;

export class ResultView {
  constructor(root) {
    const find = (id) => root.querySelector(`#${id}`);
    this.answer = find("answer");
    this.caption = find("answer-caption");
    this.confidence = find("confidence");
    this.tone = find("tone");
    this.toneCaption = find("tone-caption");
    this.toneConfidence = find("tone-confidence");
    this.list = find("probabilities");
    this.announcement = find("announcement");
    this.emotions = [];
    this.announced = null;
    this.announcedAt = -Infinity;
  }

  /** Show a bar for each emotion. */
  setEmotions(emotions) {
    this.emotions = emotions;
    this.bars = new Map();
    this.list.replaceChildren(...emotions.map((name) => {
      const item = document.createElement("li");
      const parts = ["name", "bar", "value"].map((kind) => {
        const part = document.createElement("span");
        part.className = kind;
        return part;
      });
      parts[0].textContent = name;
      parts[1].append(document.createElement("span"));
      item.style.setProperty("--colour", colourOf(name, emotions));
      item.append(...parts);
      this.bars.set(name, item);
      return item;
    }));
    this.clear();
  }

  clear() {
    this.show(this.answer, "–", "none");
    this.show(this.tone, "–", "none");
    this.caption.textContent = "Now";
    this.toneCaption.textContent = "Tone, last 30 s";
    this.confidence.textContent = "No audio yet";
    this.toneConfidence.textContent = "";
    this.showBars(null);
    this.announced = null;
  }

  /** Show a window. */
  showWindow(event) {
    this.caption.textContent = "Now";
    this.toneCaption.textContent = "Tone, last 30 s";
    this.showAnswer(event.answer, event.confidence, this.answer, this.confidence);
    const toneConfidence = Math.max(...Object.values(event.tone));
    this.showAnswer(event.tone_answer, toneConfidence, this.tone, this.toneConfidence);
    this.showBars(event.answer === SILENT ? null : event.smoothed);
    if (performance.now() - this.announcedAt >= ANNOUNCING_MS) this.announce(event.answer);
  }

  /** Show the summary of a whole recording. */
  showSummary(event) {
    this.caption.textContent = "Whole recording";
    this.showAnswer(event.answer, event.confidence, this.answer, this.confidence);
    const shares = Object.entries(event.shares ?? {}).sort(([, one], [, other]) => other - one);
    this.toneCaption.textContent = "Most of the speech";
    const [longest, share] = shares[0] ?? [SILENT, 0];
    this.show(this.tone, longest, kindOf(longest), colourOf(longest, this.emotions));
    this.toneConfidence.textContent = shares.length ? `${percent(share)} of the speech` : "";
    this.showBars(event.probabilities);
    this.announce(event.answer);
  }

  showAnswer(answer, confidence, element, hint) {
    const kind = kindOf(answer);
    this.show(element, answer, kind, colourOf(answer, this.emotions));
    hint.textContent = {
      none: "Nobody speaks",
      uncertain: `No emotion is probable enough (${percent(confidence)} at most)`,
      emotion: `Probability ${percent(confidence)}`,
    }[kind];
  }

  show(element, text, kind, colour = "") {
    element.textContent = text;
    element.dataset.kind = kind;
    element.style.setProperty("--colour", kind === "emotion" ? colour : "");
  }

  showBars(probabilities) {
    this.list.classList.toggle("idle", probabilities === null);
    const best = probabilities && Math.max(...Object.values(probabilities));
    for (const [name, item] of this.bars ?? []) {
      const value = probabilities?.[name] ?? 0;
      item.style.setProperty("--share", `${100 * value}%`);
      item.classList.toggle("best", probabilities !== null && value === best);
      item.querySelector(".value").textContent = probabilities ? percent(value) : "–";
    }
  }

  /** For screen readers: only changes. */
  announce(answer) {
    if (answer === this.announced) return;
    this.announced = answer;
    this.announcedAt = performance.now();
    this.announcement.textContent = answer;
  }
}

export function percent(share) {
  return `${Math.round(100 * (share ?? 0))}\u00a0%`;
}

// All events of a timeline: those of one recording, or of live sessions one after the other.
import { withOffset } from "./event_times.js";

/** Events with times from the start of the timeline, sorted by kind for the views. */
export class RecordingLog {
  constructor() {
    this.clear();
  }

  clear() {
    this.events = [];
    this.windows = [];
    this.segments = [];
    this.gaps = [];
    this.phrases = new Map();
    this.summary = null;
    this.endSeconds = 0;
    this.session = 0;
  }

  get isEmpty() {
    return this.windows.length === 0 && this.segments.length === 0;
  }

  /** Words in order, those of partial results included. */
  get words() {
    return [...this.phrases.values()].flatMap((phrase) => phrase.words);
  }

  /** Add an event whose times count from `offset` seconds; events of meters are not kept. */
  add(event, offset = 0) {
    const shifted = withOffset(event, offset);
    const end = shifted.end_seconds ?? shifted.seconds;
    if (end !== undefined) this.endSeconds = Math.max(this.endSeconds, end);
    switch (shifted.event) {
      case "level": return;
      case "session.created": this.session += 1; return; // it has the secret token
      case "window": this.windows.push(shifted); break;
      case "segment": this.segments.push(shifted); break;
      case "words": this.phrases.set(`${this.session}-${shifted.phrase}`, shifted); break;
      case "summary": this.summary = shifted; break;
      case "overrun": this.addGap(shifted.seconds, (shifted.milliseconds ?? 0) / 1000); break;
    }
    this.events.push(shifted);
  }

  /** Add a stretch without audio; neighbouring ones are joined. */
  addGap(start, duration) {
    const last = this.gaps.at(-1);
    if (last && start - last.end < 0.05) last.end = Math.max(last.end, start + duration);
    else this.gaps.push({ start, end: start + duration });
    this.endSeconds = Math.max(this.endSeconds, start + duration);
  }

  /** Words whose middle is between two times, as text. */
  textBetween(start, end) {
    const isInside = (word) => {
      const middle = (word.start_seconds + word.end_seconds) / 2;
      return start <= middle && middle < end;
    };
    return this.words.filter(isInside).map((word) => word.text).join(" ");
  }
}

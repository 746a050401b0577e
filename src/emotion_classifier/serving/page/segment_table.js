// The segments as a table, for screen readers and for copying.
import { percent } from "./result_view.js";
import { NO_SPEECH } from "./colours.js";

const MOST_ROWS = 500;

export class SegmentTable {
  constructor(body, log) {
    this.body = body;
    this.log = log;
  }

  /** Show the last segments. */
  draw() {
    this.body.replaceChildren(...this.log.segments.slice(-MOST_ROWS).map((one) => {
      const row = document.createElement("tr");
      const isSilent = one.answer === NO_SPEECH;
      const values = [
        time(one.start_seconds), time(one.end_seconds), one.answer, isSilent ? "" : percent(one.confidence),
        this.log.textBetween(one.start_seconds, one.end_seconds),
      ];
      for (const value of values) row.insertCell().textContent = value;
      return row;
    }));
  }
}

/** Minutes, seconds and tenths. */
function time(seconds) {
  const tenths = Math.round(10 * seconds);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
}

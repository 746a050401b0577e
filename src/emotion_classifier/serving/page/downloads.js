// The timeline as files, in the formats of `emotion timeline`.
import { NO_SPEECH } from "./colours.js";

export const FORMATS = { jsonl: toJsonLines, csv: toCsv, srt: toSrt };
const TYPES = { jsonl: "application/x-ndjson", csv: "text/csv", srt: "application/x-subrip" };

/** Save a log as a file of the browser's downloads. */
export function download(format, log, emotions) {
  const blob = new Blob([FORMATS[format](log, emotions)], { type: `${TYPES[format]};charset=utf-8` });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `timeline.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** An event per line. */
export function toJsonLines(log) {
  return log.events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

/** A row per window. */
export function toCsv(log, emotions) {
  const header = [
    "start_seconds", "end_seconds", "answer", "confidence",
    ...emotions.map((name) => `p_${name}`), ...emotions.map((name) => `smoothed_p_${name}`),
    "tone_answer", "speech_share", "level_dbfs", "words",
  ];
  const rows = log.windows.map((one) => [
    one.start_seconds.toFixed(3), one.end_seconds.toFixed(3), one.answer, one.confidence.toFixed(6),
    ...emotions.map((name) => one.probabilities[name].toFixed(6)),
    ...emotions.map((name) => one.smoothed[name].toFixed(6)),
    one.tone_answer, one.speech_share?.toFixed(3) ?? "", one.level_dbfs.toFixed(1),
    log.textBetween(one.start_seconds, one.end_seconds),
  ]);
  return [header, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** A subtitle per segment with speech: its answer and its words. */
export function toSrt(log) {
  const spoken = log.segments.filter((one) => one.answer !== NO_SPEECH);
  return spoken
    .map((one, index) => {
      const words = log.textBetween(one.start_seconds, one.end_seconds);
      const text = words ? `[${one.answer}] ${words}` : one.answer;
      return `${index + 1}\n${timestamp(one.start_seconds)} --> ${timestamp(one.end_seconds)}\n${text}\n`;
    })
    .join("\n");
}

function timestamp(seconds) {
  const total = Math.round(seconds * 1000);
  const two = (value) => String(Math.floor(value)).padStart(2, "0");
  const milliseconds = String(total % 1000).padStart(3, "0");
  return `${two(total / 3.6e6)}:${two((total / 6e4) % 60)}:${two((total / 1000) % 60)},${milliseconds}`;
}

function cell(value) {
  const text = String(value);
  const safe = /^[=+@\t]|^-(?![\d.])/.test(text) ? `'${text}` : text; // no formulas in spreadsheets
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

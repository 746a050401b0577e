// Segments that do not overlap, as inference/streaming/segments.py joins them. Times are in seconds.
import { NO_SPEECH, UNCERTAIN } from "../colours.js";

export class SegmentJoiner {
  /** @param seconds of each answer, which is added to. */
  constructor(seconds) {
    this.seconds = seconds;
    this.cores = [];
    this.speech = [];
    this.position = 0;
    this.current = null;
  }

  /** Add intervals of speech [start, end]; the last may be added again with another end. */
  addSpeech(intervals) {
    for (const interval of intervals) {
      if (this.speech.at(-1)?.[0] === interval[0]) this.speech.pop();
      this.speech.push(interval);
    }
  }

  addCore(answer, confidence, start) {
    this.cores.push({
      start: this.cores.length ? start : this.position,
      answer: answer === NO_SPEECH ? UNCERTAIN : answer,
      confidence,
    });
  }

  join(settled) {
    return this.joinUntil(Math.min(this.cores.at(-1)?.start ?? 0, settled));
  }

  finish(end) {
    const segments = this.cores.length ? this.joinUntil(end) : [];
    if (this.current) segments.push(this.current);
    this.current = null;
    this.cores = [];
    return segments;
  }

  joinUntil(end) {
    const segments = [];
    while (this.position < end) {
      const piece = this.nextPiece(end);
      this.position = piece.end;
      this.seconds[piece.answer] = (this.seconds[piece.answer] ?? 0) + piece.end - piece.start;
      const ended = this.extend(piece);
      if (ended) segments.push(ended);
    }
    return segments;
  }

  nextPiece(limit) {
    while (this.cores.length > 1 && this.cores[1].start <= this.position) this.cores.shift();
    while (this.speech.length && this.speech[0][1] <= this.position) this.speech.shift();
    const end = this.cores.length > 1 ? Math.min(limit, this.cores[1].start) : limit;
    const [core] = this.cores;
    const speechStart = this.speech[0]?.[0] ?? Infinity;
    const start = this.position;
    if (speechStart > start) return { start, end: Math.min(end, speechStart), answer: NO_SPEECH, confidence: 0 };
    return { start, end: Math.min(end, this.speech[0][1]), answer: core.answer, confidence: core.confidence };
  }

  extend(piece) {
    const ended = this.current;
    this.current = piece;
    if (!ended || ended.answer !== piece.answer) return ended;
    const durations = [ended.end - ended.start, piece.end - piece.start];
    const total = ended.confidence * durations[0] + piece.confidence * durations[1];
    this.current = { ...piece, start: ended.start, confidence: total / (durations[0] + durations[1]) };
    return null;
  }
}

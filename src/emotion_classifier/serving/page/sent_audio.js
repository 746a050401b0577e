// Audio that was sent and is kept for a while, so that it can be sent again after a lost connection.

const KEPT_SECONDS = 5;
const BYTES = 2;

/** Positions are samples since the start; parts are {start, length, pcm} or {start, length, gap}. */
export class SentAudio {
  constructor(sampleRate) {
    this.kept = KEPT_SECONDS * sampleRate;
    this.parts = [];
    this.end = 0;
    this.position = 0; // of the next sample to send
  }

  /** Position of the first sample that is still kept. */
  get firstKept() {
    return this.parts[0]?.start ?? this.end;
  }

  add(pcm) {
    this.append({ length: pcm.byteLength / BYTES, pcm });
  }

  addGap(samples) {
    this.append({ length: samples, gap: samples });
  }

  append(part) {
    this.parts.push({ start: this.end, ...part });
    this.end += part.length;
    while (this.parts.length > 1 && this.parts[0].start + this.parts[0].length < this.end - this.kept) {
      this.parts.shift();
    }
  }

  /** Continue to send at a position. */
  seek(position) {
    this.position = position;
  }

  /** The parts that are to be sent now, with a gap for samples that are no longer kept. */
  take() {
    const parts = [];
    if (this.position < this.firstKept) {
      parts.push({ gap: this.firstKept - this.position });
      this.position = this.firstKept;
    }
    for (const part of this.parts) {
      const skip = this.position - part.start;
      if (skip >= part.length) continue;
      if (part.gap) parts.push({ gap: part.gap - skip });
      else parts.push({ pcm: part.pcm.slice(BYTES * skip) });
      this.position = part.start + part.length;
    }
    return parts;
  }
}

// Voice activity: the stretches of speech in audio of 16 kHz, as inference/vad/silero.py finds them.

const RATE = 16_000;
const FRAME = 512;
const CONTEXT = 64;
const MOST_FRAMES = 256;
const LEAST_SILENCE = 0.1 * RATE;
const PADDING = 0.03 * RATE;
const LONGEST_BREAK = 0.2 * RATE;
const OFFSET_BELOW_ONSET = 0.15;
const QUIET_PEAK = 10 ** (-45 / 20);
const MOST_GAIN = 10;
const RELEASE = 10 ** ((-0.6 / 20) * (FRAME / RATE));

export class Activity {
  /**
   * @param ort the module of onnxruntime-web.
   * @param session of the graph of Silero VAD.
   * @param onset speech probability from which on there is speech.
   */
  constructor(ort, session, onset) {
    Object.assign(this, { ort, session });
    this.hysteresis = new Hysteresis(onset);
    this.hidden = this.cell = new ort.Tensor("float32", new Float32Array(128), [1, 1, 128]);
    this.waiting = new Float32Array(CONTEXT);
    this.spoken = [];
    this.spokenFrames = 0;
    this.peak = 0;
    this.sum = this.count = 0;
    this.intervals = [];
    this.last = null;
    this.end = null;
  }

  /** Start of the current interval of speech in samples; null without current speech. */
  get speakingSince() {
    return this.last === null ? this.hysteresis.start : this.last[0];
  }

  /** Sample up to which the intervals of speech will not change. */
  get settled() {
    return this.last !== null && this.hysteresis.start === null ? this.last[1] : this.hysteresis.settled;
  }

  get totalShare() {
    return this.spoken.length ? this.spokenFrames / this.spoken.length : 0;
  }

  async feed(samples) {
    await this.process(samples);
  }

  async flush() {
    const rest = this.waiting.length - CONTEXT;
    this.end = this.spoken.length * FRAME + rest;
    await this.process(new Float32Array((FRAME - (rest % FRAME)) % FRAME));
    this.addStretch(this.hysteresis.flush(this.end));
    this.endInterval();
  }

  /** Intervals [start, end] in samples that have ended since the last call. */
  takeIntervals() {
    const taken = this.intervals;
    this.intervals = [];
    return taken;
  }

  isKnown(end) {
    return this.end !== null || this.spoken.length >= Math.floor(end / FRAME);
  }

  /** Share of the frames with speech among those that end between two samples. */
  share(start, end) {
    const frames = this.spoken.slice(Math.floor(start / FRAME), Math.floor(end / FRAME));
    return frames.length ? frames.filter(Boolean).length / frames.length : 0;
  }

  async process(samples) {
    this.waiting = concatenate(this.waiting, samples);
    for (;;) {
      const count = Math.min(Math.floor((this.waiting.length - CONTEXT) / FRAME), MOST_FRAMES);
      if (count <= 0) return;
      const probabilities = await this.probabilities(count);
      this.waiting = this.waiting.slice(count * FRAME);
      for (const probability of probabilities) {
        this.addStretch(this.hysteresis.feed(probability));
        if (this.end !== null && (this.spoken.length + 1) * FRAME > this.end) continue;
        const isSpeech = this.hysteresis.start !== null;
        this.spoken.push(isSpeech);
        this.spokenFrames += isSpeech;
      }
    }
  }

  async probabilities(count) {
    const block = new Float32Array(count * (CONTEXT + FRAME));
    for (let index = 0; index < count; index += 1) this.fillFrame(block, index);
    const input = new this.ort.Tensor("float32", block, [count, CONTEXT + FRAME]);
    const found = await this.session.run({ input, h: this.hidden, c: this.cell });
    this.hidden = found.hn;
    this.cell = found.cn;
    return found.speech_probs.data;
  }

  /** A frame with its context, without offset and amplified where the audio is quiet. */
  fillFrame(block, index) {
    const frame = this.waiting.subarray(index * FRAME, index * FRAME + CONTEXT + FRAME);
    const own = frame.subarray(CONTEXT);
    this.sum += own.reduce((sum, sample) => sum + sample, 0) / FRAME;
    this.count += 1;
    const offset = this.sum / this.count;
    const peak = own.reduce((most, sample) => Math.max(most, Math.abs(sample - offset)), 0);
    this.peak = Math.max(peak, this.peak * RELEASE);
    const gain = Math.min(Math.max(QUIET_PEAK / Math.max(this.peak, 1e-9), 1), MOST_GAIN);
    const start = index * (CONTEXT + FRAME);
    frame.forEach((sample, at) => { block[start + at] = (sample - (gain > 1 ? offset : 0)) * gain; });
  }

  addStretch(stretch) {
    const following = stretch === null ? this.hysteresis.following : stretch[0];
    if (this.last !== null && following - this.last[1] > LONGEST_BREAK) this.endInterval();
    if (stretch !== null) this.last = [this.last === null ? stretch[0] : this.last[0], stretch[1]];
  }

  endInterval() {
    if (this.last === null) return;
    const [start, end] = this.last;
    this.intervals.push([start, this.end === null ? end : Math.min(end, this.end)]);
    this.last = null;
  }
}

class Hysteresis {
  constructor(onset) {
    this.onset = onset;
    this.offset = Math.max(onset - OFFSET_BELOW_ONSET, 0.01);
    this.position = 0;
    this.start = this.silentFrom = null;
  }

  get settled() {
    if (this.start === null) return this.following;
    return this.silentFrom === null ? this.position : this.silentFrom;
  }

  get following() {
    return this.start === null ? Math.max(0, this.position - PADDING) : this.start;
  }

  feed(probability) {
    const frameStart = this.position;
    this.position += FRAME;
    if (probability >= this.onset) {
      this.silentFrom = null;
      this.start ??= Math.max(0, frameStart - PADDING);
    } else if (probability < this.offset && this.start !== null) {
      this.silentFrom ??= frameStart;
      if (this.position - this.silentFrom - FRAME >= LEAST_SILENCE) return this.finish(this.position);
    }
    return null;
  }

  flush(end) {
    return this.start === null ? null : this.finish(end);
  }

  finish(latest) {
    const end = this.silentFrom === null ? latest : this.silentFrom + PADDING;
    const stretch = [this.start, Math.min(end, latest)];
    this.start = this.silentFrom = null;
    return stretch;
  }
}

export function concatenate(one, other) {
  const joined = new Float32Array(one.length + other.length);
  joined.set(one);
  joined.set(other, one.length);
  return joined;
}

// Change of the sample rate of a stream, with a windowed sinc.

const ZERO_CROSSINGS = 32;
const ROLL_OFF = 0.94;
const PHASES = 512;

export class Resampler {
  constructor(sourceRate, targetRate) {
    this.step = sourceRate / targetRate;
    this.cutoff = Math.min(1, targetRate / sourceRate) * ROLL_OFF;
    this.reach = Math.ceil(ZERO_CROSSINGS / this.cutoff);
    this.samples = new Float32Array(this.reach); // silence before the start
    this.first = -this.reach; // position of the first of them
    this.produced = 0;
    this.table = new Float64Array(this.reach * PHASES + 2).map((_, index) => this.kernel(index / PHASES));
  }

  /** The next samples at the target rate, as far as those around them are known. */
  feed(samples) {
    if (this.step === 1) return samples;
    this.append(samples);
    return this.until(this.first + this.samples.length - this.reach);
  }

  /** The remaining samples at the end. */
  flush() {
    if (this.step === 1) return new Float32Array(0);
    const end = this.first + this.samples.length;
    this.append(new Float32Array(this.reach + 1));
    return this.until(end);
  }

  append(samples) {
    const joined = new Float32Array(this.samples.length + samples.length);
    joined.set(this.samples);
    joined.set(samples, this.samples.length);
    this.samples = joined;
  }

  until(end) {
    const result = [];
    for (; this.produced * this.step < end; this.produced += 1) result.push(this.at(this.produced * this.step));
    const drop = Math.max(0, Math.floor(this.produced * this.step) - this.reach - this.first);
    this.samples = this.samples.slice(drop);
    this.first += drop;
    return Float32Array.from(result);
  }

  at(position) {
    const from = Math.max(this.first, Math.ceil(position - this.reach));
    const to = Math.floor(position + this.reach);
    let sum = 0;
    for (let index = from; index <= to; index += 1) {
      const distance = Math.abs(position - index) * PHASES;
      const cell = Math.floor(distance);
      const weight = this.table[cell] + (distance - cell) * ((this.table[cell + 1] ?? 0) - this.table[cell]);
      sum += (this.samples[index - this.first] ?? 0) * weight;
    }
    return sum;
  }

  /** A sinc with a Blackman window. */
  kernel(distance) {
    if (distance >= this.reach) return 0;
    const x = Math.PI * distance * this.cutoff;
    const phase = (Math.PI * distance) / this.reach;
    const window = 0.42 + 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase);
    return this.cutoff * window * (x === 0 ? 1 : Math.sin(x) / x);
  }
}

// Live audio with gaps: samples at any rate in, events out, as inference/live/session.py processes it.
import { withOffset } from "../event_times.js";
import { Resampler } from "./resampler.js";
import { Totals } from "./stream.js";

export class LiveAudio {
  /**
   * @param openStream function from Totals to a new Stream.
   * @param sampleRate of the samples, in hertz.
   */
  constructor(openStream, sampleRate) {
    Object.assign(this, { openStream, sampleRate });
    this.totals = new Totals();
    this.position = 0; // samples so far, gaps included
    this.stream = null; // of the audio since the last gap
  }

  /** Events of some more samples; see Stream.feed. */
  async feed(samples, options) {
    if (this.stream === null) this.open();
    this.position += samples.length;
    return this.shifted(await this.stream.feed(this.resampler.feed(samples), options));
  }

  /** Events of a gap of so many samples: the audio before it ends, and no window extends over it. */
  async skip(samples) {
    const ended = await this.end();
    const gap = {
      event: "overrun", seconds: this.position / this.sampleRate,
      milliseconds: (1000 * samples) / this.sampleRate, place: "connection",
    };
    this.position += samples;
    return [...ended, gap];
  }

  /** The last events, with the summary. */
  async flush() {
    const ended = await this.end();
    return [...ended, this.openStream(this.totals).summary()];
  }

  open() {
    this.stream = this.openStream(this.totals);
    this.resampler = new Resampler(this.sampleRate, this.stream.rate);
    this.offset = this.position / this.sampleRate;
  }

  async end() {
    if (this.stream === null) return [];
    const events = await this.stream.feed(this.resampler.flush());
    events.push(...(await this.stream.flush()));
    this.stream = null;
    return this.shifted(events);
  }

  shifted(events) {
    return events.map((event) => withOffset(event, this.offset));
  }
}

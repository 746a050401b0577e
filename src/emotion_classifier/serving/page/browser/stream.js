// Emotion of audio over time: samples at the model's rate in, events out, as `emotion timeline` writes them.
import { NO_SPEECH, UNCERTAIN } from "../colours.js";
import { concatenate } from "./activity.js";
import { ExponentialSmoothing, RunningMean } from "./means.js";
import { rmsDecibels } from "./preparation.js";
import { SegmentJoiner } from "./segments.js";

/** Sums over all windows of a recording, or of the stretches of live audio between gaps. */
export class Totals {
  constructor() {
    this.mean = new RunningMean();
    this.answerSeconds = {}; // answer → seconds of segments
    this.received = this.windows = this.spokenSamples = 0;
  }
}

export class Stream {
  /**
   * @param model an EmotionModel, whose rate is 16 kHz.
   * @param activity of this stream.
   * @param settings window_seconds, hop_seconds, newest_share, tone_seconds, least_speech_share.
   * @param totals of the summary, which the earlier streams of live audio have added to.
   */
  constructor(model, activity, settings, totals = new Totals()) {
    Object.assign(this, { model, activity, settings, totals });
    this.rate = model.specification.input.sample_rate;
    this.window = Math.round(settings.window_seconds * this.rate);
    this.hop = Math.round(settings.hop_seconds * this.rate);
    const recent = Math.floor((settings.tone_seconds - settings.window_seconds) / settings.hop_seconds) + 1;
    this.recentWindows = Math.max(1, recent);
    this.smoothing = new ExponentialSmoothing(settings.newest_share);
    this.smoothed = null;
    this.recent = new RunningMean(this.recentWindows);
    this.recentAnswers = [];
    this.joiner = new SegmentJoiner(totals.answerSeconds);
    this.samples = new Float32Array(0); // from the start of the next window on
    this.received = this.next = 0;
  }

  /** Events of some more samples; `newestOnly` leaves out all windows but the last, to catch up. */
  async feed(samples, { newestOnly = false } = {}) {
    this.append(samples);
    await this.activity.feed(samples);
    const events = [];
    while (this.isComplete()) {
      const isLate = newestOnly && this.isComplete(this.next + 1);
      if (isLate) this.skip();
      else events.push(await this.predict(this.next * this.hop + this.window));
      this.advance();
    }
    return [...events, ...this.join()];
  }

  /** The last events, without the summary. */
  async flush() {
    await this.activity.flush();
    const events = [];
    while (this.isComplete()) {
      events.push(await this.predict(this.next * this.hop + this.window));
      this.advance();
    }
    const covered = this.next ? (this.next - 1) * this.hop + this.window : 0;
    if (this.received > covered) events.push(await this.predict(this.received));
    events.push(...this.join());
    events.push(...this.joiner.finish(this.received / this.rate).map(segmentEvent));
    return events;
  }

  append(samples) {
    this.samples = concatenate(this.samples, samples);
    this.received += samples.length;
    this.totals.received += samples.length;
  }

  isComplete(index = this.next) {
    const end = index * this.hop + this.window;
    return end <= this.received && this.activity.isKnown(end);
  }

  advance() {
    this.samples = this.samples.slice(this.hop);
    this.next += 1;
  }

  skip() {
    this.recent.add(null, 0, 0);
    this.addRecentAnswer(NO_SPEECH, 0);
  }

  addRecentAnswer(answer, seconds) {
    this.recentAnswers.push([answer, seconds]);
    if (this.recentAnswers.length > this.recentWindows) this.recentAnswers.shift();
  }

  /** The event of the next window, which ends at a sample. */
  async predict(end) {
    const start = this.next * this.hop;
    const samples = this.samples.slice(0, end - start);
    const share = this.activity.share(start, end);
    const hasSpeech = share >= this.settings.least_speech_share;
    const probabilities = hasSpeech ? await this.model.probabilities(samples) : null;
    if (probabilities !== null) this.smoothed = this.smoothing.update(probabilities);
    const seconds = samples.length / this.rate;
    this.totals.windows += 1;
    this.totals.mean.add(probabilities, share, seconds);
    this.recent.add(probabilities, share, seconds);
    const smoothed = this.result(this.smoothed, hasSpeech);
    const coreStart = this.next ? start + Math.floor((this.window - this.hop) / 2) : 0;
    this.joiner.addCore(smoothed.answer, smoothed.confidence, coreStart / this.rate);
    this.addRecentAnswer(smoothed.answer, share * seconds);
    const tone = this.tone();
    return {
      event: "window", speaker: null, start_seconds: six(start / this.rate), end_seconds: six(end / this.rate),
      answer: smoothed.answer, confidence: six(smoothed.confidence),
      probabilities: this.named(this.result(probabilities, hasSpeech).probabilities),
      smoothed: this.named(smoothed.probabilities), tone: this.named(tone.probabilities), tone_answer: tone.answer,
      speech_share: six(share), level_dbfs: Math.round(10 * rmsDecibels(samples)) / 10,
      latency_seconds: null, audio_latency_seconds: null, words: null,
    };
  }

  /** Answer, confidence and probabilities; uniform and not certain without probabilities. */
  result(probabilities, hasSpeech, { threshold = this.model.threshold(), shares = null } = {}) {
    const { emotions } = this.model.specification;
    const found = probabilities ?? emotions.map(() => 1 / emotions.length);
    const confidence = Math.max(...found);
    const emotion = emotions[found.indexOf(confidence)];
    const largest = shares && Math.max(...emotions.map((name) => shares[name]));
    const isLargest = shares === null || (largest > 0 && shares[emotion] === largest);
    const isCertain = probabilities !== null && confidence >= threshold && isLargest;
    const answer = !hasSpeech ? NO_SPEECH : isCertain ? emotion : UNCERTAIN;
    return { answer, confidence, probabilities: found };
  }

  tone() {
    const mean = this.recent.mean();
    if (mean === null) return this.result(null, false);
    const seconds = {};
    for (const [answer, spoken] of this.recentAnswers) seconds[answer] = (seconds[answer] ?? 0) + spoken;
    const options = { threshold: this.model.threshold(mean.windows), shares: this.shares(seconds) };
    return this.result(mean.probabilities, true, options);
  }

  shares(seconds) {
    const names = [...this.model.specification.emotions, UNCERTAIN];
    const total = names.reduce((sum, name) => sum + (seconds[name] ?? 0), 0);
    return total ? Object.fromEntries(names.map((name) => [name, (seconds[name] ?? 0) / total])) : null;
  }

  /** Events of the speech and the segments that have ended. */
  join() {
    const seconds = ([start, end]) => [start / this.rate, end / this.rate];
    const ended = this.activity.takeIntervals();
    this.totals.spokenSamples += ended.reduce((sum, [start, end]) => sum + end - start, 0);
    const since = this.activity.speakingSince;
    const unfinished = since === null ? [] : [[since, this.activity.settled]];
    this.joiner.addSpeech([...ended, ...unfinished].map(seconds));
    const segments = this.joiner.join(this.activity.settled / this.rate).map(segmentEvent);
    const speech = ended.map(seconds).map(([start, end]) => (
      { event: "speech", speaker: null, start_seconds: six(start), end_seconds: six(end) }
    ));
    return [...segments, ...speech];
  }

  /** The event of all audio in the totals. */
  summary() {
    const { mean: whole, answerSeconds, received, windows, spokenSamples } = this.totals;
    const mean = whole.mean();
    const common = {
      event: "summary", speaker: null, duration_seconds: six(received / this.rate),
      speech_seconds: six(spokenSamples / this.rate), windows, warning: null, session: null,
    };
    if (mean === null) return { ...common, answer: NO_SPEECH, confidence: null, probabilities: null, shares: null };
    const shares = this.shares(answerSeconds);
    const found = this.result(mean.probabilities, true, { threshold: this.model.threshold(mean.windows), shares });
    return { ...common, answer: found.answer, confidence: six(found.confidence), probabilities: this.named(found.probabilities), shares };
  }

  named(probabilities) {
    return Object.fromEntries(this.model.specification.emotions.map((name, index) => [name, six(probabilities[index])]));
  }
}

function segmentEvent({ start, end, answer, confidence }) {
  return { event: "segment", speaker: null, start_seconds: six(start), end_seconds: six(end), answer, confidence: six(confidence) };
}

function six(value) {
  return Math.round(value * 1e6) / 1e6;
}

// A live session of the service that survives lost connections.
import { SentAudio } from "./sent_audio.js";

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5_000;
const GAP_SECONDS = 10; // while it is paused; the service ends sessions that send nothing for a minute
const CLOSING_MS = 10_000;

export class LiveConnection {
  /**
   * @param address of the WebSocket.
   * @param subprotocols of it.
   * @param options sampleRate in hertz, words whether to recognise them, onEvent(event, offsetSeconds),
   *   onState("connecting" | "live" | "lost" | "closed", reason), startSeconds of the timeline.
   */
  constructor(address, subprotocols, { sampleRate, words, onEvent, onState, startSeconds = 0 }) {
    Object.assign(this, { address, subprotocols, sampleRate, words, onEvent, onState });
    this.audio = new SentAudio(sampleRate);
    this.startSeconds = this.processedSeconds = startSeconds;
    this.offset = startSeconds;
    this.retryMs = FIRST_RETRY_MS;
    this.isEnding = this.isClosed = false;
    this.skipped = 0;
    this.forgetSession();
    this.connect();
  }

  /** Send samples. */
  send(samples) {
    if (this.isEnding) return;
    this.sendGap(0);
    this.audio.add(toPcm(samples));
    this.flush();
  }

  /** Leave out samples of a pause. */
  skip(samples) {
    this.skipped += samples.length;
    this.sendGap(GAP_SECONDS * this.sampleRate);
  }

  /** End the audio; resolves after the last event. */
  end() {
    this.sendGap(0);
    this.isEnding = true;
    if (!this.isReady) this.close("closed");
    else this.socket.send(JSON.stringify({ event: "end" }));
    const timer = setTimeout(() => this.close("closed"), CLOSING_MS);
    return new Promise((resolve) => { this.onClosed = resolve; if (this.isClosed) resolve(); })
      .finally(() => clearTimeout(timer));
  }

  sendGap(least) {
    if (this.skipped <= least) return;
    this.audio.addGap(this.skipped);
    this.skipped = 0;
    this.flush();
  }

  forgetSession() {
    this.token = null;
    this.received = 0;
  }

  connect() {
    this.onState("connecting");
    this.isReady = false;
    const socket = new WebSocket(this.address, this.subprotocols);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(this.token ? this.resume() : this.hello()));
    socket.onmessage = ({ data }) => this.socket === socket && this.receive(JSON.parse(data));
    socket.onclose = () => this.socket === socket && this.lose();
  }

  hello() {
    const format = { sample_rate: this.sampleRate, channels: 1, format: "s16le" };
    return { event: "hello", ...format, levels: false, words: this.words };
  }

  resume() {
    return { event: "resume", token: this.token, received_events: this.received };
  }

  receive(event) {
    if (event.event === "session.created") {
      this.startSession(event);
      return;
    }
    if (event.event === "error" && event.code === "resume") {
      this.forgetSession(); // the service was restarted: a new session follows
      return;
    }
    this.received += 1;
    if (event.event === "window") this.processedSeconds = this.offset + event.end_seconds;
    this.onEvent(event, this.offset);
    if (event.event === "error" && !event.session_continues && !event.retry_after_seconds) {
      this.close("closed", event.message);
    } else if (event.event === "session.closed") {
      this.forgetSession();
      if (event.reason !== "shutdown") this.close("closed");
    }
  }

  startSession(event) {
    if (event.is_resumed) this.audio.seek(this.sessionStart + event.received_samples);
    else this.startAfter(this.processedSeconds);
    this.token = event.resume_token;
    this.retryMs = FIRST_RETRY_MS;
    this.isReady = true;
    this.onState("live");
    this.onEvent(event, this.offset);
    this.flush();
    if (this.isEnding) this.socket.send(JSON.stringify({ event: "end" }));
  }

  /** Start a new session with the audio that no result was received for, as far as it is kept. */
  startAfter(seconds) {
    const processed = Math.round((seconds - this.startSeconds) * this.sampleRate);
    this.sessionStart = Math.max(this.audio.firstKept, Math.min(processed, this.audio.end));
    this.audio.seek(this.sessionStart);
    this.offset = this.startSeconds + this.sessionStart / this.sampleRate;
    this.received = 0;
  }

  flush() {
    if (!this.isReady || this.socket.readyState !== WebSocket.OPEN) return;
    for (const part of this.audio.take()) {
      this.socket.send(part.gap ? JSON.stringify({ event: "gap", samples: part.gap }) : part.pcm);
    }
  }

  lose() {
    if (this.isClosed) return;
    this.isReady = false;
    if (this.isEnding && !this.token) {
      this.close("closed");
      return;
    }
    this.onState("lost");
    setTimeout(() => this.isClosed || this.connect(), this.retryMs);
    this.retryMs = Math.min(2 * this.retryMs, LONGEST_RETRY_MS);
  }

  close(state, reason) {
    if (this.isClosed) return;
    this.isClosed = true;
    this.socket?.close();
    this.onState(state, reason);
    this.onClosed?.();
  }
}

/** 16-bit samples, little endian. */
function toPcm(samples) {
  const view = new DataView(new ArrayBuffer(2 * samples.length));
  samples.forEach((sample, index) => {
    const value = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)));
    view.setInt16(2 * index, value, true);
  });
  return view.buffer;
}

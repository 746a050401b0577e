// Predictions in the browser, with the same functions as those of the service.

const RATE = 16_000; // of the models; browsers resample recordings to it
const GAP_SECONDS = 10; // as in live_connection.js
const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
const pending = new Map();
let count = 0;
let onEvents = null;

worker.onmessage = ({ data: { id, result, error, events } }) => {
  if (events) return onEvents?.(events);
  const { resolve, reject } = pending.get(id);
  pending.delete(id);
  return error === undefined ? resolve(result) : reject(new Error(error));
};

function call(command, options = {}, transferred = []) {
  count += 1;
  worker.postMessage({ id: count, command, ...options }, transferred);
  const id = count;
  return new Promise((resolve, reject) => pending.set(id, { resolve, reject }));
}

export const predictions = {
  storesNothing: "Audio is not stored and does not leave this device: the model runs in this browser.",
  isService: false,

  model() {
    return call("model");
  },

  async predict(file) {
    let audio;
    try {
      audio = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await file.arrayBuffer());
    } catch {
      throw new Error("This file cannot be decoded by the browser: choose a WAV, MP3, OGG, FLAC or M4A file.");
    }
    const samples = new Float32Array(audio.length);
    for (let channel = 0; channel < audio.numberOfChannels; channel += 1) {
      audio.getChannelData(channel).forEach((value, index) => { samples[index] += value / audio.numberOfChannels; });
    }
    return call("predict", { samples }, [samples.buffer]);
  },

  open(options) {
    return new LocalSession(options);
  },
};

/** A live session with the functions of LiveConnection. */
class LocalSession {
  constructor({ sampleRate, onEvent, onState, startSeconds = 0 }) {
    Object.assign(this, { sampleRate, onEvent, onState });
    this.isClosed = false;
    this.offset = startSeconds;
    this.skipped = 0;
    onEvents = (events) => events.forEach((event) => onEvent(event, this.offset));
    onState("connecting");
    this.opened = call("open", { sampleRate }).then(() => onState("live"), (error) => this.close(error.message));
  }

  send(samples) {
    this.sendGap(0);
    const copy = Float32Array.from(samples);
    this.post("send", { samples: copy }, [copy.buffer]);
  }

  /** Leave out samples of a pause. */
  skip(samples) {
    this.skipped += samples.length;
    this.sendGap(GAP_SECONDS * this.sampleRate);
  }

  sendGap(least) {
    if (this.skipped <= least) return;
    this.post("skip", { count: this.skipped });
    this.skipped = 0;
  }

  async end() {
    this.sendGap(0);
    await this.opened;
    (await call("end")).forEach((event) => this.onEvent(event, this.offset));
    this.isClosed = true;
  }

  post(command, options, transferred) {
    call(command, options, transferred).catch((error) => this.close(error.message));
  }

  close(reason) {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onState("closed", reason);
  }
}

if ("serviceWorker" in navigator) navigator.serviceWorker.register(new URL("../service_worker.js", import.meta.url));

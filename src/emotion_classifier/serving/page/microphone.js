// The microphone: permission, choice of the device, and blocks of samples.

const HIGHEST_RATE = 48_000;
const REASONS = {
  NotAllowedError: "The microphone is not allowed: allow it for this page in the browser's settings.",
  NotFoundError: "No microphone was found: connect one, or choose a recording.",
  NotReadableError: "The microphone is used by another program: close it and try again.",
  OverconstrainedError: "The chosen microphone is gone: choose another one.",
};

export class Microphone {
  /**
   * @param onBlock receives 0.1 s of samples, Float32Array.
   * @param onEnd called when the device is lost.
   */
  constructor(onBlock, onEnd) {
    this.onBlock = onBlock;
    this.onEnd = onEnd;
  }

  /** Start, and return the sample rate; raises an Error with a message for users. */
  async start(deviceId) {
    if (!navigator.mediaDevices) {
      throw new Error("Browsers allow the microphone only on https pages and on this machine.");
    }
    // The models are trained on unprocessed recordings.
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    if (deviceId) audio.deviceId = { exact: deviceId };
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio });
      await this.open();
    } catch (error) {
      await this.stop();
      throw new Error(REASONS[error.name] ?? `The microphone cannot be used: ${error.message}`);
    }
    return this.context.sampleRate;
  }

  async stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    const context = this.context;
    this.stream = this.context = null;
    if (context && context.state !== "closed") await context.close();
  }

  async open() {
    this.context = new AudioContext();
    if (this.context.sampleRate > HIGHEST_RATE) {
      await this.context.close();
      this.context = new AudioContext({ sampleRate: HIGHEST_RATE });
    }
    await this.context.audioWorklet.addModule(new URL("capture_worklet.js", import.meta.url));
    await this.context.resume();
    const capture = new AudioWorkletNode(this.context, "capture", { numberOfOutputs: 0 });
    capture.port.onmessage = ({ data }) => this.stream && this.onBlock(data);
    this.context.createMediaStreamSource(this.stream).connect(capture);
    this.stream.getTracks()[0].onended = () => this.onEnd();
  }
}

/** Microphones by their id; names are known once the microphone was allowed. */
export async function microphones() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter((device) => device.kind === "audioinput" && device.deviceId);
}

// Audio of the microphone in messages of 0.1 s: mixed samples, as they come from the device.
class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(Math.round(sampleRate / 10));
    this.filled = 0;
  }

  process([channels]) {
    if (channels.length === 0) return true;
    for (let index = 0; index < channels[0].length; index += 1) {
      let sum = 0;
      for (const channel of channels) sum += channel[index];
      this.block[this.filled] = sum / channels.length;
      this.filled += 1;
      if (this.filled === this.block.length) this.post();
    }
    return true;
  }

  post() {
    this.port.postMessage(this.block, [this.block.buffer]);
    this.block = new Float32Array(Math.round(sampleRate / 10));
    this.filled = 0;
  }
}

registerProcessor("capture", Capture);

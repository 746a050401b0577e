// The emotion model: probabilities of windows, from the ONNX graph and its specification.
import { windowCrops } from "./preparation.js";

export class EmotionModel {
  /**
   * @param ort the module of onnxruntime-web.
   * @param session of the graph.
   * @param specification of the model: emotions, input, temperature, thresholds.
   */
  constructor(ort, session, specification) {
    Object.assign(this, { ort, session, specification });
  }

  /** Probabilities of a window at the model's rate; null where it is silent or its sound is too short. */
  async probabilities(window) {
    const found = [];
    for (const crop of windowCrops(window, this.specification.input)) {
      found.push(softmax(await this.logits(crop), this.specification.temperature));
    }
    if (found.length === 0) return null;
    return found[0].map((_, index) => found.reduce((sum, one) => sum + one[index], 0) / found.length);
  }

  /** Confidence below which a prediction from this number of windows is uncertain. */
  threshold(windows = 1) {
    const { uncertain_below: own, recording_uncertain_below: recording } = this.specification;
    return windows > 1 && recording !== null && recording !== undefined ? recording : own;
  }

  async logits(crop) {
    const { input, adaptation } = this.specification;
    const length = Math.round(input.seconds * input.sample_rate);
    let samples = crop;
    if (!input.mask_padding && crop.length < length) {
      samples = new Float32Array(length);
      samples.set(crop);
    }
    const feeds = {
      waveforms: new this.ort.Tensor("float32", Float32Array.from(samples), [1, samples.length]),
      lengths: new this.ort.Tensor("int64", BigInt64Array.of(BigInt(samples.length)), [1]),
    };
    const { logits } = await this.session.run(feeds, ["logits"]);
    return [...logits.data].map((value, index) => value + (adaptation?.shift[index] ?? 0));
  }
}

export function softmax(logits, temperature) {
  const highest = Math.max(...logits);
  const powers = logits.map((value) => Math.exp((value - highest) / temperature));
  const sum = powers.reduce((one, other) => one + other, 0);
  return powers.map((value) => value / sum);
}

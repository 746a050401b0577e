// Means of probabilities over windows, as inference/streaming/smoothing.py computes them.

export class ExponentialSmoothing {
  constructor(newestShare) {
    this.newestShare = newestShare;
    this.mean = null;
  }

  update(probabilities) {
    const previous = this.mean ?? probabilities;
    this.mean = previous.map((value, index) => value + this.newestShare * (probabilities[index] - value));
    return this.mean;
  }
}

/** Mean of the last windows, or of all, weighted by their seconds of speech. */
export class RunningMean {
  constructor(windows = Infinity) {
    this.windows = windows;
    this.terms = [];
  }

  /** Add a window; probabilities are null where it has none. */
  add(probabilities, share, seconds) {
    const spoken = probabilities === null ? 0 : share * seconds;
    const weighted = probabilities?.map((value) => spoken * value) ?? null;
    const term = { weighted, spoken, windows: Number(probabilities !== null) };
    if (this.windows === Infinity && this.terms.length) this.terms = [sum(this.terms[0], term)];
    else this.terms.push(term);
    if (this.terms.length > this.windows) this.terms.shift();
  }

  /** Probabilities and number of windows of the mean; null while no window has probabilities. */
  mean() {
    if (this.terms.length === 0) return null;
    const { weighted, spoken, windows } = this.terms.reduce(sum);
    return spoken === 0 ? null : { probabilities: weighted.map((value) => value / spoken), windows };
  }
}

function sum(one, other) {
  const weighted = one.weighted && other.weighted
    ? one.weighted.map((value, index) => value + other.weighted[index])
    : one.weighted ?? other.weighted;
  return { weighted, spoken: one.spoken + other.spoken, windows: one.windows + other.windows };
}

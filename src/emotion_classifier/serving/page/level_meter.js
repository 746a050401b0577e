// The level meter and the check of the microphone.

const FLOOR_DB = -60;
const QUIET_DB = -45;
const CLIPPED = 0.99;
const CHECK_BLOCKS = 30;

/** What the levels of the last three seconds say about the microphone. */
export function verdictOf(peaks) {
  const highest = Math.max(0, ...peaks);
  if (peaks.length < CHECK_BLOCKS / 2) return { state: "good", text: "Checking the microphone …" };
  if (highest < 1e-4) return { state: "quiet", text: "No signal: is it muted?" };
  if (peaks.filter((peak) => peak >= CLIPPED).length > 1) return { state: "loud", text: "Too loud: move away" };
  if (decibels(highest) < QUIET_DB) return { state: "quiet", text: "Quiet: speak, or come closer" };
  return { state: "good", text: "Level is good" };
}

export class LevelMeter {
  constructor(meter, text) {
    this.meter = meter;
    this.text = text;
    this.clear();
  }

  clear() {
    this.peaks = [];
    this.draw(FLOOR_DB, FLOOR_DB, { state: "off", text: "Microphone off" });
  }

  /** Show a block of samples. */
  add(samples) {
    let sum = 0;
    let peak = 0;
    for (const sample of samples) {
      sum += sample * sample;
      peak = Math.max(peak, Math.abs(sample));
    }
    this.peaks.push(peak);
    if (this.peaks.length > CHECK_BLOCKS) this.peaks.shift();
    this.draw(decibels(Math.sqrt(sum / samples.length)), decibels(peak), verdictOf(this.peaks));
  }

  draw(level, peak, verdict) {
    const width = (db) => Math.min(100, Math.max(0, 100 * (1 - db / FLOOR_DB)));
    this.meter.querySelector(".bar").setAttribute("width", width(level).toFixed(1));
    this.meter.querySelector(".peak").setAttribute("x", Math.min(99.2, width(peak)).toFixed(1));
    this.meter.setAttribute("aria-valuenow", Math.round(Math.max(FLOOR_DB, level)));
    this.meter.setAttribute("aria-valuetext", `${Math.round(level)} dB, ${verdict.text}`);
    this.meter.dataset.state = verdict.state;
    if (this.text.textContent !== verdict.text) this.text.textContent = verdict.text;
  }
}

function decibels(amplitude) {
  return 20 * Math.log10(Math.max(amplitude, 10 ** (FLOOR_DB / 20)));
}

// From a window to the crops that the model predicts, as model_folder/input.py and audio/clips.py do it.

const FRAME_SECONDS = 0.02;
const HOP_SECONDS = 0.01;
const MARGIN_HOPS = 5;
const FLOOR_DB = -120;
const SILENCE_AMPLITUDE = 10 ** (-90 / 20);

/** Level of samples in dB of full scale. */
export function rmsDecibels(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return powerDecibels(samples.length ? sum / samples.length : 0);
}

/** The samples without the silence at both ends. */
export function trim(samples, rate, belowDb) {
  const frame = Math.max(1, Math.round(FRAME_SECONDS * rate));
  const hop = Math.max(1, Math.round(HOP_SECONDS * rate));
  const levels = [];
  for (let start = 0; start < Math.max(samples.length - frame, 0) + hop && start < samples.length; start += hop) {
    levels.push(rmsDecibels(samples.subarray(start, start + frame)));
  }
  const loudest = levels.reduce((one, other) => Math.max(one, other), FLOOR_DB);
  if (loudest <= FLOOR_DB) return samples;
  const isLoud = (level) => level >= loudest - belowDb;
  const first = levels.findIndex(isLoud);
  const last = levels.findLastIndex(isLoud);
  return samples.subarray(Math.max(0, (first - MARGIN_HOPS) * hop), (last + MARGIN_HOPS) * hop + frame);
}

/** Crops that cover a window at the model's rate; none where it is silent or its sound is too short. */
export function windowCrops(window, input) {
  const least = Math.round(input.minimum_seconds * input.sample_rate);
  if (window.length < least || isSilent(window)) return [];
  const belowDb = input.trim_below_db;
  const clip = belowDb === null ? window : trim(window, input.sample_rate, belowDb);
  return clip.length < least ? [] : crops(clip, Math.round(input.seconds * input.sample_rate));
}

/** As few evenly spaced crops of a length as cover the samples. */
export function crops(samples, length) {
  const count = Math.ceil(samples.length / length);
  const last = Math.max(0, samples.length - length);
  const starts = Array.from({ length: count }, (_, index) => roundToEven(count > 1 ? (last * index) / (count - 1) : 0));
  return starts.map((start) => samples.subarray(start, start + length));
}

function isSilent(samples) {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const sample of samples) {
    if (sample < lowest) lowest = sample;
    if (sample > highest) highest = sample;
  }
  return (highest - lowest) / 2 < SILENCE_AMPLITUDE;
}

function roundToEven(value) {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function powerDecibels(power) {
  return 10 * Math.log10(Math.max(power, 10 ** (FLOOR_DB / 10)));
}

// Colours of answers, equal in the timeline, the bars and the legend.
export const UNCERTAIN = "uncertain";
export const NO_SPEECH = "no speech";

const NAMED = {
  neutral: "#a4adb7", calm: "#56b3a5", happy: "#e0b43c", sad: "#4477aa", angry: "#c2453f",
  fearful: "#7d5ba6", disgust: "#7c8a34", surprised: "#e58b55",
};
const OTHERS = ["#3f8f4f", "#b0578d", "#5d6fc0", "#9a6b3f", "#2f8fa3", "#8a8f2f"];

/** Colour of an emotion: a fixed one where it is known, else by its index among the model's emotions. */
export function colourOf(emotion, emotions) {
  return NAMED[emotion] ?? OTHERS[Math.max(0, emotions.indexOf(emotion)) % OTHERS.length];
}

/** "emotion", "uncertain" or "none" (no speech). */
export function kindOf(answer) {
  return answer === UNCERTAIN ? "uncertain" : answer === NO_SPEECH ? "none" : "emotion";
}

/** Colour of legible text on a colour. */
export function inkOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 125 ? "#14171b" : "#ffffff";
}

// Times of events.

/** The event with its times counted from `offset` seconds earlier. */
export function withOffset(event, offset) {
  if (!offset) return event;
  const shifted = { ...event };
  for (const name of ["start_seconds", "end_seconds", "seconds"]) {
    if (typeof shifted[name] === "number") shifted[name] = round(shifted[name] + offset);
  }
  if (Array.isArray(shifted.words)) shifted.words = shifted.words.map((word) => withOffset(word, offset));
  return shifted;
}

function round(seconds) {
  return Math.round(seconds * 1e6) / 1e6;
}

// The timeline as a picture: probabilities, segments, tone and words over time.
import { NO_SPEECH, UNCERTAIN, colourOf, inkOn } from "./colours.js";

const LANES = { probabilities: 0.4, segments: 0.16, tone: 0.09, words: 0.13 }; // shares of the height
const GAP_PX = 12;
const AXIS_PX = 20;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const STEP_PX = 70;
const EDGE_PX = 4;

export class TimelineView {
  constructor(canvas, log) {
    this.canvas = canvas;
    this.log = log;
    this.emotions = [];
    this.span = 60;
    this.end = null; // end of the visible time; null follows the latest audio
    this.isDue = false;
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** Seconds that are visible: [start, end]. */
  get range() {
    const latest = Math.max(this.log.endSeconds, 1);
    const isShort = this.log.summary !== null && latest < this.span;
    const span = (!isShort && this.span) || Math.max(latest, 5);
    const end = this.span && !isShort ? Math.max(this.end ?? latest, Math.min(span, 10)) : span;
    return [Math.max(0, end - span), Math.max(end, span)];
  }

  /** Draw before the next frame of the screen. */
  draw() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.drawNow();
    });
  }

  drawNow() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const scale = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    const context = this.canvas.getContext("2d");
    context.scale(scale, scale);
    const [start, end] = this.range;
    const x = (seconds) => EDGE_PX + ((seconds - start) / (end - start)) * (width - 2 * EDGE_PX);
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const pen = { context, x, start, end, width, colour, font: style.fontFamily };
    this.drawAxis(pen, height);
    let top = 0;
    for (const [lane, share] of Object.entries(LANES)) {
      const size = share * (height - AXIS_PX);
      this[lane](pen, top + 14, size);
      top += size + GAP_PX + 6;
    }
    this.drawGaps(pen, height - AXIS_PX);
  }

  /** Stacked smoothed probabilities; each window is drawn over its last hop. */
  probabilities(pen, top, height) {
    caption(pen, "Probabilities of the last seconds", top);
    frame(pen, top, height);
    const columns = this.columns(pen);
    for (const { from, to, window } of columns) {
      let y = top + height;
      const isSilent = window.answer === NO_SPEECH;
      for (const emotion of isSilent ? [] : this.emotions) {
        const size = height * window.smoothed[emotion];
        pen.context.fillStyle = colourOf(emotion, this.emotions);
        pen.context.fillRect(pen.x(from), y - size, pen.x(to) - pen.x(from) + 0.5, size);
        y -= size;
      }
    }
  }

  /** Segments with their names; the newest, not final ones are paler. */
  segments(pen, top, height) {
    caption(pen, "Emotion", top);
    frame(pen, top, height);
    const known = this.log.segments.at(-1)?.end_seconds ?? 0;
    for (const one of this.log.segments) this.block(pen, top, height, one, 1);
    for (const { from, to, window } of this.columns(pen)) {
      if (to <= known) continue;
      const piece = { start_seconds: Math.max(from, known), end_seconds: to, answer: window.answer };
      this.block(pen, top, height, piece, 0.45, false);
    }
  }

  tone(pen, top, height) {
    caption(pen, "Rolling tone", top);
    frame(pen, top, height);
    for (const piece of joined(this.columns(pen))) this.block(pen, top, height, piece, 1);
  }

  words(pen, top, height) {
    caption(pen, "Words", top);
    const { context } = pen;
    context.font = `13px ${pen.font}`;
    context.fillStyle = pen.colour("ink");
    context.textBaseline = "top";
    const rows = [-Infinity, -Infinity];
    for (const word of this.log.words) {
      if (word.end_seconds < pen.start || word.start_seconds > pen.end) continue;
      const left = pen.x(word.start_seconds);
      const row = rows[0] <= left ? 0 : rows[1] <= left ? 1 : -1;
      if (row < 0) continue; // no space at this scale; the table has all words
      context.fillText(word.text, left, top + 2 + row * Math.min(16, height / 2));
      rows[row] = left + context.measureText(word.text).width + 6;
    }
  }

  /** Windows in the visible time with the stretch since the window before. */
  columns(pen) {
    const columns = [];
    let before = null;
    for (const window of this.log.windows) {
      const to = window.end_seconds;
      const isNext = before !== null && before < to && window.start_seconds <= before;
      const from = isNext ? before : window.start_seconds;
      if (to > pen.start && from < pen.end) columns.push({ from, to, window });
      before = to;
    }
    return columns;
  }

  block(pen, top, height, piece, opacity, named = true) {
    const left = Math.max(EDGE_PX, pen.x(piece.start_seconds));
    const right = Math.min(pen.width - EDGE_PX, pen.x(piece.end_seconds));
    if (right <= left) return;
    const { context } = pen;
    context.save();
    context.globalAlpha = opacity;
    if (piece.answer === NO_SPEECH) {
      context.fillStyle = pen.colour("muted");
      context.fillRect(left, top + height / 2 - 0.75, right - left, 1.5);
    } else if (piece.answer === UNCERTAIN) {
      hatch(pen, left, top, right - left, height);
    } else {
      context.fillStyle = colourOf(piece.answer, this.emotions);
      context.fillRect(left, top, Math.max(1, right - left - 1), height);
    }
    context.restore();
    if (!named || piece.answer === NO_SPEECH) return;
    const isEmotion = piece.answer !== UNCERTAIN;
    const ink = isEmotion ? inkOn(colourOf(piece.answer, this.emotions)) : pen.colour("ink");
    name(pen, piece.answer, left, right, top, height, ink);
  }

  drawGaps(pen, height) {
    for (const gap of this.log.gaps) {
      const left = Math.max(EDGE_PX, pen.x(gap.start));
      const right = Math.min(pen.width - EDGE_PX, pen.x(gap.end));
      if (right <= left) continue;
      pen.context.fillStyle = pen.colour("card");
      pen.context.fillRect(left, 14, right - left, height - 14);
      pen.context.fillStyle = pen.colour("quiet");
      pen.context.fillRect(left, 14, right - left, height - 14);
      name(pen, "no audio", left, right, 14, height - 14, pen.colour("muted"));
    }
  }

  drawAxis(pen, height) {
    const { context } = pen;
    const step = STEPS.find((one) => pen.x(pen.start + one) - EDGE_PX >= STEP_PX) ?? STEPS.at(-1);
    context.font = `12px ${pen.font}`;
    context.textBaseline = "alphabetic";
    for (let time = Math.ceil(pen.start / step) * step; time <= pen.end; time += step) {
      context.fillStyle = pen.colour("rule");
      context.fillRect(pen.x(time), 14, 1, height - AXIS_PX - 10);
      context.fillStyle = pen.colour("muted");
      const text = clock(time);
      const left = pen.x(time) - context.measureText(text).width / 2;
      context.fillText(text, Math.min(Math.max(EDGE_PX, left), pen.width - EDGE_PX - context.measureText(text).width), height - 5);
    }
  }
}

/** Minutes and seconds. */
function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function joined(columns) {
  const pieces = [];
  for (const { from, to, window } of columns) {
    const last = pieces.at(-1);
    if (last && last.answer === window.tone_answer && from - last.end_seconds < 0.01) last.end_seconds = to;
    else pieces.push({ start_seconds: from, end_seconds: to, answer: window.tone_answer });
  }
  return pieces;
}

function caption({ context, colour, font }, text, top) {
  context.font = `11px ${font}`;
  context.textBaseline = "alphabetic";
  context.fillStyle = colour("muted");
  context.fillText(text, EDGE_PX, top - 3);
}

function frame({ context, colour, width }, top, height) {
  context.strokeStyle = colour("rule");
  context.lineWidth = 1;
  context.strokeRect(EDGE_PX - 0.5, top - 0.5, width - 2 * EDGE_PX + 1, height + 1);
}

function hatch({ context, colour }, left, top, width, height) {
  context.beginPath();
  context.rect(left, top, Math.max(1, width - 1), height);
  context.clip();
  context.strokeStyle = colour("muted");
  context.globalAlpha *= 0.55;
  for (let offset = Math.floor((left - height) / 7) * 7; offset < left + width; offset += 7) {
    context.beginPath();
    context.moveTo(offset, top + height);
    context.lineTo(offset + height, top);
    context.stroke();
  }
}

/** The name of a block where there is space for it, on the colour of the block. */
function name({ context, colour, font }, text, left, right, top, height, ink) {
  context.font = `600 12px ${font}`;
  const width = context.measureText(text).width;
  if (width + 10 > right - left || height < 14) return;
  const middle = (left + right) / 2;
  context.textBaseline = "middle";
  if (text === UNCERTAIN) {
    context.fillStyle = colour("card");
    context.fillRect(middle - width / 2 - 5, top + height / 2 - 9, width + 10, 18);
  }
  context.fillStyle = ink;
  context.fillText(text, middle - width / 2, top + height / 2 + 0.5);
}

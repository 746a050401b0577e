// The page: connects its controls, its predictions and its views.
import { colourOf } from "./colours.js";
import { download } from "./downloads.js";
import { LevelMeter } from "./level_meter.js";
import { Microphone, microphones } from "./microphone.js";
import { RecordingLog } from "./recording_log.js";
import { ResultView } from "./result_view.js";
import { SegmentTable } from "./segment_table.js";
import { predictions } from "./settings.js";
import { TimelineView } from "./timeline_view.js";

const find = (id) => document.getElementById(id);
const log = new RecordingLog();
const result = new ResultView(find("result"));
const timeline = new TimelineView(find("timeline"), log);
const table = new SegmentTable(find("segments"), log);
const meter = new LevelMeter(find("meter"), find("level-text"));
const microphone = new Microphone(onBlock, () => stop("The microphone was disconnected."));
let emotions = [];
let session = null;
let isBusy = false;
let isRecording = false; // whether the timeline is that of a chosen recording
let isPaused = false;

const STATES = {
  starting: "Starting", ready: "Ready", live: "Live", connecting: "Connecting", paused: "Paused",
  lost: "Connection lost, reconnecting", analysing: "Analysing the recording", off: "Not available",
};

function showState(state) {
  const element = find("connection");
  element.dataset.state = state;
  if (element.textContent !== STATES[state]) element.textContent = STATES[state];
}

function showMessage(text, isError = false) {
  const element = find("message");
  element.hidden = !text;
  element.textContent = text ?? "";
  element.classList.toggle("error", isError);
}

function showControls() {
  const isLive = session !== null;
  const focused = document.activeElement;
  const button = find("microphone");
  for (const one of [button, find("choose")]) one.setAttribute("aria-disabled", String(isBusy)); // and keep the focus
  button.disabled = emotions.length === 0;
  button.classList.toggle("running", isLive);
  button.querySelector("span").textContent = isLive ? "Stop microphone" : "Start microphone";
  find("pause").disabled = !isLive;
  find("pause").classList.toggle("pressed", isPaused);
  find("pause").textContent = isPaused ? "Continue" : "Pause";
  find("choose").disabled = isLive || emotions.length === 0;
  find("device").disabled = isLive;
  find("words").disabled = isLive || isBusy;
  find("clear").disabled = isBusy || log.events.length === 0;
  for (const one of document.querySelectorAll("[data-format]")) one.disabled = log.isEmpty;
  if (focused?.disabled) button.focus();
}

function showTimeline() {
  const position = find("position");
  const [start, end] = timeline.range;
  position.max = Math.max(end, log.endSeconds).toFixed(1);
  position.min = (end - start).toFixed(1);
  position.disabled = !timeline.span || log.endSeconds <= end - start;
  if (timeline.end === null) position.value = position.max;
  position.parentElement.hidden = position.disabled;
  find("latest").hidden = timeline.end === null;
  timeline.draw();
}

function onEvent(event, offset = 0) {
  if (event.event === "session.created") onSession(event, offset);
  log.add(event, offset);
  if (event.event === "window") result.showWindow(event);
  if (["segment", "words"].includes(event.event)) table.draw();
  if (event.event === "notice") showMessage(event.message);
  if (event.event === "error") showMessage(event.message, true);
  if (event.event !== "level") showTimeline();
  if (["window", "segment"].includes(event.event)) showControls();
}

function onSession(event, offset) {
  if (!event.is_resumed && offset > log.endSeconds) log.addGap(log.endSeconds, offset - log.endSeconds);
  const hasNoWords = find("words").checked && event.recogniser === null;
  showMessage(hasNoWords ? "No recogniser of words is installed here: only emotions are shown." : null);
}

function onBlock(samples) {
  meter.add(samples);
  if (session === null) return;
  if (isPaused) session.skip(samples);
  else session.send(samples);
}

function onState(state, reason) {
  if (state === "closed" && session?.isClosed) stop(reason);
  else if (state !== "closed") showState(state === "live" && isPaused ? "paused" : state);
}

async function start() {
  if (isRecording) clear();
  isBusy = true;
  showControls();
  showMessage(null);
  try {
    const sampleRate = await microphone.start(find("device").value);
    const options = { sampleRate, words: find("words").checked, onEvent, onState };
    session = predictions.open({ ...options, startSeconds: log.endSeconds });
    await listDevices();
  } catch (error) {
    showMessage(error.message, true);
  }
  isBusy = false;
  showControls();
}

async function stop(reason = null) {
  const ended = session;
  session = null;
  isPaused = false;
  isBusy = true;
  showControls();
  await microphone.stop();
  meter.clear();
  if (ended !== null && !ended.isClosed) await ended.end();
  isBusy = false;
  if (reason) showMessage(reason, true);
  showState("ready");
  showControls();
}

async function analyse(file) {
  if (!file || isBusy || session !== null || emotions.length === 0) return;
  clear();
  isBusy = isRecording = true;
  showState("analysing");
  showControls();
  try {
    for (const event of await predictions.predict(file, { words: find("words").checked })) onEvent(event);
    if (log.summary) result.showSummary(log.summary);
    if (log.summary?.warning) showMessage(log.summary.warning);
  } catch (error) {
    showMessage(error.message, true);
    if (error.needsToken) askToken();
  }
  isBusy = false;
  showState("ready");
  showControls();
}

function clear() {
  isRecording = false;
  const session_ = log.session;
  log.clear();
  log.session = session_;
  timeline.end = null;
  result.clear();
  table.draw();
  showMessage(null);
  showTimeline();
  showControls();
}

async function listDevices() {
  const select = find("device");
  const chosen = select.value;
  const options = (await microphones()).map((one, index) => new Option(one.label || `Microphone ${index + 1}`, one.deviceId));
  if (options.length === 0) return;
  select.replaceChildren(...options);
  if (options.some((one) => one.value === chosen)) select.value = chosen;
}

function askToken() {
  find("token-form").hidden = false;
  find("token").focus();
}

function showModel(model) {
  emotions = model.emotions;
  timeline.emotions = emotions;
  result.setEmotions(emotions);
  const entries = [...emotions.map((name) => [name, "", colourOf(name, emotions)]), ["uncertain", "uncertain"], ["no speech", "none"]];
  find("legend").replaceChildren(...entries.map(([name, kind, colour]) => {
    const item = document.createElement("li");
    item.textContent = name;
    item.className = kind;
    if (colour) item.style.setProperty("--colour", colour);
    return item;
  }));
  const languages = [...new Set((model.training_data ?? []).map((one) => one.language).filter(Boolean))];
  const trained = languages.length ? ` It was trained on ${languages.join(" and ")} speech, mostly of actors.` : "";
  find("model-text").textContent = `The model ${model.name} estimates which emotion a voice expresses. It does not know what somebody feels.${trained}`;
  showUses("intended", model.card?.intended_uses);
  showUses("excluded", model.card?.excluded_uses);
}

function showUses(id, uses) {
  if (!uses?.length) return;
  find("uses").hidden = false;
  find(id).replaceChildren(...uses.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
}

async function open() {
  showState("starting");
  try {
    showModel(await predictions.model());
    find("token-form").hidden = true;
    showMessage(null);
    showState("ready");
  } catch (error) {
    showState("off");
    if (error.needsToken) askToken();
    else {
      showMessage(error.message, true);
      setTimeout(open, 5_000);
    }
  }
  showControls();
  showTimeline();
}

find("microphone").addEventListener("click", () => isBusy || (session ? stop() : start()));
find("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  showState(isPaused ? "paused" : "live");
  showControls();
});
find("choose").addEventListener("click", () => isBusy || find("file").click());
find("file").addEventListener("change", ({ target }) => {
  analyse(target.files[0]);
  target.value = "";
});
find("clear").addEventListener("click", () => {
  const elapsed = log.endSeconds;
  clear();
  if (session) log.endSeconds = elapsed;
});
find("span").addEventListener("change", ({ target }) => {
  timeline.span = Number(target.value);
  timeline.end = null;
  showTimeline();
});
find("position").addEventListener("input", ({ target }) => {
  timeline.end = Number(target.value) >= Number(target.max) - 0.5 ? null : Number(target.value);
  showTimeline();
});
find("latest").addEventListener("click", () => {
  timeline.end = null;
  find("position").focus();
  showTimeline();
});
for (const button of document.querySelectorAll("[data-format]")) {
  button.addEventListener("click", () => download(button.dataset.format, log, emotions));
}
find("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  predictions.setToken(find("token").value.trim());
  find("token-form").hidden = true;
  open();
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  find("drop").hidden = false;
});
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) find("drop").hidden = true;
});
addEventListener("drop", (event) => {
  event.preventDefault();
  find("drop").hidden = true;
  analyse(event.dataTransfer.files[0]);
});

if (matchMedia("(max-width: 48rem)").matches) {
  timeline.span = 30;
  find("span").value = "30";
}
find("words-choice").hidden = find("links").hidden = !predictions.isService;
find("privacy-text").textContent = predictions.storesNothing;
open();

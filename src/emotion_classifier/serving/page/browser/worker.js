// The models in a worker of the browser: messages with samples in, messages with events out.
import * as ort from "../onnxruntime/ort.wasm.bundle.min.mjs";
import { Activity, concatenate } from "./activity.js";
import { LiveAudio } from "./live_audio.js";
import { EmotionModel } from "./model.js";
import { Stream } from "./stream.js";

ort.env.wasm.wasmPaths = new URL("../onnxruntime/", import.meta.url).href;
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

const loaded = load();
let live = null;
let waiting = []; // samples, and numbers of samples that are left out
let running = Promise.resolve();

async function load() {
  const content = async (path) => {
    const response = await fetch(new URL(`../model/${path}`, import.meta.url));
    if (!response.ok) throw new Error(`model/${path} is missing: build the page again`);
    return response;
  };
  const { specification, stream, activity } = await (await content("model.json")).json();
  const options = { logSeverityLevel: 3 }; // errors
  const open = async (path) => ort.InferenceSession.create(await (await content(path)).arrayBuffer(), options);
  const model = new EmotionModel(ort, await open("model.onnx"), specification);
  const activitySession = await open(activity);
  const openStream = (totals) => new Stream(model, new Activity(ort, activitySession, stream.onset), stream, totals);
  return { specification, openStream };
}

const COMMANDS = {
  async model() {
    return (await loaded).specification;
  },

  async predict({ samples }) {
    const stream = (await loaded).openStream();
    const size = 10 * stream.rate;
    const events = [];
    for (let start = 0; start < samples.length; start += size) {
      events.push(...(await stream.feed(samples.subarray(start, start + size))));
    }
    return [...events, ...(await stream.flush()), stream.summary()];
  },

  async open({ sampleRate }) {
    waiting = [];
    live = new LiveAudio((await loaded).openStream, sampleRate);
  },

  async send({ samples }) {
    add(samples);
  },

  async skip({ count }) {
    add(count);
  },

  async end() {
    await running;
    return live.flush();
  },
};

function add(item) {
  waiting.push(item);
  running = running.then(predictWaiting);
}

/** Predict all that has arrived; of several windows only the last, so that slow devices stay up to date. */
async function predictWaiting() {
  const items = waiting;
  waiting = [];
  for (const item of joined(items)) {
    const events = await (typeof item === "number" ? live.skip(item) : live.feed(item, { newestOnly: true }));
    if (events.length) postMessage({ events });
  }
}

/** Samples one after the other as one array, up to the next gap. */
function joined(items) {
  const result = [];
  for (const item of items) {
    const last = result.at(-1);
    if (typeof item === "number" || last === undefined || typeof last === "number") result.push(item);
    else result[result.length - 1] = concatenate(last, item);
  }
  return result;
}

onmessage = async ({ data: { id, command, ...options } }) => {
  try {
    postMessage({ id, result: await COMMANDS[command](options) });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
};

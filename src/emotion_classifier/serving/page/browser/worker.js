// The models in a worker of the browser: messages with samples in, messages with events out.
import * as ort from "../onnxruntime/ort.wasm.bundle.min.mjs";
import { Activity, concatenate } from "./activity.js";
import { EmotionModel } from "./model.js";
import { Resampler } from "./resampler.js";
import { Stream } from "./stream.js";

ort.env.wasm.wasmPaths = new URL("../onnxruntime/", import.meta.url).href;
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

const loaded = load();
let live = null;
let waiting = [];
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
  return { specification, open: () => new Stream(model, new Activity(ort, activitySession, stream.onset), stream) };
}

const COMMANDS = {
  async model() {
    return (await loaded).specification;
  },

  async predict({ samples }) {
    const stream = (await loaded).open();
    const size = 10 * stream.rate;
    const events = [];
    for (let start = 0; start < samples.length; start += size) {
      events.push(...(await stream.feed(samples.subarray(start, start + size))));
    }
    return [...events, ...(await stream.flush())];
  },

  async open({ sampleRate }) {
    const stream = (await loaded).open();
    waiting = [];
    live = { stream, resampler: new Resampler(sampleRate, stream.rate) };
  },

  async send({ samples }) {
    waiting.push(samples);
    running = running.then(predictWaiting);
  },

  async end() {
    await running;
    const { stream, resampler } = live;
    return [...(await stream.feed(resampler.flush())), ...(await stream.flush())];
  },
};

/** Predict all that has arrived; of several windows only the last, so that slow devices stay up to date. */
async function predictWaiting() {
  if (waiting.length === 0) return;
  const samples = waiting.reduce(concatenate);
  waiting = [];
  const events = await live.stream.feed(live.resampler.feed(samples), { newestOnly: true });
  if (events.length) postMessage({ events });
}

onmessage = async ({ data: { id, command, ...options } }) => {
  try {
    postMessage({ id, result: await COMMANDS[command](options) });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
};

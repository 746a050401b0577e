// Events of raw samples (float32, 16 kHz) from the modules of a built page, under Node, as JSON: PAGE SAMPLES, and for
// live audio SAMPLE_RATE GAP_START GAP_LENGTH, in samples.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [page, recording, ...live] = process.argv.slice(2);
const load = (...parts) => import(pathToFileURL(join(...parts)));
const ort = await load(page, "onnxruntime", "ort.wasm.bundle.min.mjs");
const { Activity } = await load(page, "browser", "activity.js");
const { EmotionModel } = await load(page, "browser", "model.js");
const { LiveAudio } = await load(page, "browser", "live_audio.js");
const { Stream } = await load(page, "browser", "stream.js");

ort.env.wasm.numThreads = 1;
const open = async (name) => ort.InferenceSession.create(await readFile(join(page, "model", name)));
const record = JSON.parse(await readFile(join(page, "model", "model.json")));
const model = new EmotionModel(ort, await open("model.onnx"), record.specification);
const activitySession = await open(record.activity);
const openStream = (totals) => new Stream(model, new Activity(ort, activitySession, record.stream.onset), record.stream, totals);
const content = await readFile(recording);
const samples = new Float32Array(content.buffer, content.byteOffset, content.length / 4);
const events = [];

async function feed(target, from, to) {
  for (let start = from; start < to; start += 7_000) {
    events.push(...(await target.feed(samples.subarray(start, Math.min(to, start + 7_000)))));
  }
}

if (live.length) {
  const [rate, start, length] = live.map(Number);
  const audio = new LiveAudio(openStream, rate);
  await feed(audio, 0, start);
  events.push(...(await audio.skip(length)));
  await feed(audio, start, samples.length);
  events.push(...(await audio.flush()));
} else {
  const stream = openStream();
  await feed(stream, 0, samples.length);
  events.push(...(await stream.flush()), stream.summary());
}
process.stdout.write(JSON.stringify(events));

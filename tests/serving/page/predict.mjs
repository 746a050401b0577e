// Events of raw samples (float32, 16 kHz) from the modules of a built page, under Node, as JSON.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [page, recording] = process.argv.slice(2);
const load = (...parts) => import(pathToFileURL(join(...parts)));
const ort = await load(page, "onnxruntime", "ort.wasm.bundle.min.mjs");
const { Activity } = await load(page, "browser", "activity.js");
const { EmotionModel } = await load(page, "browser", "model.js");
const { Stream } = await load(page, "browser", "stream.js");

ort.env.wasm.numThreads = 1;
const open = async (name) => ort.InferenceSession.create(await readFile(join(page, "model", name)));
const record = JSON.parse(await readFile(join(page, "model", "model.json")));
const model = new EmotionModel(ort, await open("model.onnx"), record.specification);
const activity = new Activity(ort, await open(record.activity), record.stream.onset);
const stream = new Stream(model, activity, record.stream);
const content = await readFile(recording);
const samples = new Float32Array(content.buffer, content.byteOffset, content.length / 4);
const events = [];
for (let start = 0; start < samples.length; start += 7_000) {
  events.push(...(await stream.feed(samples.subarray(start, start + 7_000))));
}
events.push(...(await stream.flush()));
process.stdout.write(JSON.stringify(events));

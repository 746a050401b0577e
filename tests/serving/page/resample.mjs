// Raw samples (float32) resampled by the page, under Node: MODULE SOURCE_RATE TARGET_RATE INPUT OUTPUT.
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [module, source, target, input, output] = process.argv.slice(2);
const { Resampler } = await import(pathToFileURL(module));
const content = await readFile(input);
const samples = new Float32Array(content.buffer, content.byteOffset, content.length / 4);
const resampler = new Resampler(Number(source), Number(target));
const parts = [];
for (let start = 0; start < samples.length; start += 4_800) parts.push(resampler.feed(samples.subarray(start, start + 4_800)));
parts.push(resampler.flush());
await writeFile(output, Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))));

// Peer of bench encode-transformer: ONNX Runtime (onnxruntime-node) on a folder's model.onnx, batches sorted by length and padded to the
// longest of the batch, mean pooling, L2. Protocol as in torch_model.py.
//
// usage: node onnx_encode.mjs JOB_JSON NODE_MODULES    (JOB_JSON: {"model", "threads", "texts": [[id]]})
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { createRequire } from 'node:module';

const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const require = createRequire(path.join(process.argv[3], 'anchor.js'));
const ort = require('onnxruntime-node');
const version = JSON.parse(fs.readFileSync(path.join(process.argv[3], 'onnxruntime-node/package.json'), 'utf8')).version;
const session = await ort.InferenceSession.create(path.join(job.model, 'model.onnx'), {
  intraOpNumThreads: job.threads, interOpNumThreads: 1, graphOptimizationLevel: 'all',
});
const texts = [...job.texts].sort((a, b) => b.length - a.length);

async function encode(batch) {
  const n = batch.length, length = batch[0].length;
  const ids = new BigInt64Array(n * length), mask = new BigInt64Array(n * length), types = new BigInt64Array(n * length);
  batch.forEach((text, i) => text.forEach((id, j) => { ids[i * length + j] = BigInt(id); mask[i * length + j] = 1n; }));
  const tensor = data => new ort.Tensor('int64', data, [n, length]);
  const { last_hidden_state: hidden } = await session.run({ input_ids: tensor(ids), attention_mask: tensor(mask), token_type_ids: tensor(types) });
  const width = hidden.dims[2], data = hidden.data;
  return batch.map((text, i) => {
    const row = new Float32Array(width);
    for (let j = 0, at = i * length * width; j < text.length; j++) for (let k = 0; k < width; k++) row[k] += data[at++];
    const norm = Math.hypot(...row);
    return row.map(x => x / norm);
  });
}

async function round(size) {
  const start = process.hrtime.bigint(), cpu = process.cpuUsage();
  for (let i = 0; i < texts.length; i += size) await encode(texts.slice(i, i + size));
  const used = process.cpuUsage(cpu);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, cpu_seconds: (used.user + used.system) / 1e6, batch: size };
}

// The batch size that suits it best, found on a part of the texts.
const part = texts.filter((_, i) => i % 8 === 0);
let best;
for (const size of [4, 8, 16, 32]) {
  await encode(part.slice(0, size));
  const start = process.hrtime.bigint();
  for (let i = 0; i < part.length; i += size) await encode(part.slice(i, i + size));
  const seconds = Number(process.hrtime.bigint() - start);
  if (!best || seconds < best.seconds) best = { size, seconds };
}
console.log(JSON.stringify({ version: `ONNX Runtime ${version}` }));
for await (const _ of readline.createInterface({ input: process.stdin })) console.log(JSON.stringify(await round(best.size)));

// Peer of bench tokenize: Hugging Face's Rust tokenizers as npm has them (tokenizers), with the same tokenizer.json and texts. Batches keep
// it in Rust: one crossing for many texts. It always makes offsets and token objects; it has no call for ids alone. Protocol as in torch_model.py.
//
// usage: node tokenize.mjs JOB_JSON NODE_MODULES    (JOB_JSON: {"tokenizer", "threads", "texts": [text]})
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { createRequire } from 'node:module';

const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
// Read when the library is loaded.
process.env.RAYON_NUM_THREADS = String(job.threads);
process.env.TOKENIZERS_PARALLELISM = String(job.threads > 1);
const require = createRequire(path.join(process.argv[3], 'anchor.js'));
const { Tokenizer } = require('tokenizers');
const version = JSON.parse(fs.readFileSync(path.join(process.argv[3], 'tokenizers/package.json'), 'utf8')).version;
const tokenizer = Tokenizer.fromFile(job.tokenizer);
tokenizer.disableTruncation();
tokenizer.disablePadding();
const size = 256;

async function round() {
  const start = process.hrtime.bigint(), cpu = process.cpuUsage();
  let tokens = 0;
  for (let i = 0; i < job.texts.length; i += size)
    for (const encoding of await tokenizer.encodeBatch(job.texts.slice(i, i + size), { addSpecialTokens: true })) tokens += encoding.getLength();
  const used = process.cpuUsage(cpu);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, cpu_seconds: (used.user + used.system) / 1e6, tokens };
}

console.log(JSON.stringify({ version: `Hugging Face tokenizers ${version}` }));
for await (const _ of readline.createInterface({ input: process.stdin })) console.log(JSON.stringify(await round()));

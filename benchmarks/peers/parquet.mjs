// Peer of bench parquet: hyparquet with its own decompressors, from npm. It reads the same columns to JavaScript strings. Protocol as in
// torch_model.py.
//
// usage: node parquet.mjs JOB_JSON NODE_MODULES    (JOB_JSON: {"file", "columns": [name], "times"})
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';

const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const load = name => import(pathToFileURL(path.join(process.argv[3], name)));
const { parquetRead } = await load('hyparquet/src/index.js');
const { compressors } = await load('hyparquet-compressors/src/index.js');
const version = JSON.parse(fs.readFileSync(path.join(process.argv[3], 'hyparquet/package.json'), 'utf8')).version;
const bytes = fs.readFileSync(job.file);
const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);

async function round() {
  const start = process.hrtime.bigint(), cpu = process.cpuUsage();
  let rows = 0;
  for (let i = 0; i < job.times; i++)
    await parquetRead({ file, compressors, columns: job.columns, rowFormat: 'object', onComplete: read => { rows += read.length; } });
  const used = process.cpuUsage(cpu);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, cpu_seconds: (used.user + used.system) / 1e6, rows };
}

console.log(JSON.stringify({ version: `hyparquet ${version}` }));
for await (const _ of readline.createInterface({ input: process.stdin })) console.log(JSON.stringify(await round()));

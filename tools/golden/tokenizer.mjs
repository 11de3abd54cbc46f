// Writes a folder for `./reasonir check golden` with what Hugging Face's own library (npm's tokenizers) makes of a tokenizer.json: single texts
// and pairs, offsets, decoding, truncated and padded batches. For a tokenizer of one's own, and for looking for differences on random texts.
//
// usage: node tools/golden/tokenizer.mjs TOKENIZER_JSON OUT_FOLDER [--texts FILE] [--random N] [--seed N] [--modules NODE_MODULES]
//   --texts    a text a line; --random adds texts of words from these lines and of characters that go wrong easily (default 500)
//   --modules  where `tokenizers` is installed (default .setup/node_modules, where `./reasonir setup bench` puts it)
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { values: options, positionals: [file, out] } = parseArgs({
  allowPositionals: true,
  options: {
    texts: { type: 'string' }, random: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' },
    modules: { type: 'string', default: path.join(root, '.setup/node_modules') },
  },
});
if (!out) {
  console.error('usage: tokenizer.mjs TOKENIZER_JSON OUT_FOLDER [--texts FILE] [--random N] [--seed N] [--modules NODE_MODULES]');
  process.exit(2);
}
const { Tokenizer } = createRequire(path.join(path.resolve(options.modules), 'anchor.js'))('tokenizers');

let state = BigInt(options.seed);
const random = n => {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  return Number((state >> 33n) % BigInt(n));
};
const pick = list => list[random(list.length)];

const lines = options.texts ? fs.readFileSync(options.texts, 'utf8').split('\n').filter(line => line.length > 0) : [];
const words = lines.length ? lines.slice(0, 2000).flatMap(line => line.split(' ')) : ['The', 'quick', 'brown', 'fox', 'jumps', 'over', 'the', 'lazy', 'dog.'];
const difficult = [
  ' ', '  ', '\t', '\n', '\r\n', '\n\n', '\u0085', '\u00a0', '\u2028', '\u3000', '\u200b', '\u180e', '\u200d', "'s", "'S", "'\u017f", "'re", "'LL", "'", '1', '12', '4567', '\u00bd', '\u2167',
  '\u{1d7d7}\u{1d7d8}', '\u{10400}', '\u{20000}', '\u{1f600}', '\u{1f468}\u200d\u{1f469}', '\u{1f3fd}', 'e\u0301', '\u00e9', '\u0301', '\u0130', '\u00df', '\ufb01', '\u1e9e', '\u4f60\u597d',
  '\u0915\u094d\u0937', '\u043f\u0440\u0438\u0432\u0435\u0442', '\u0660\u0661', '\uac00\u11a8', '\u1112\u1161\u11ab', '\ud55c', '$', '...', '!?', '-', '_', '(', ')', '\u2581', '\u0120', '<0x41>',
  '\ue000', '\ufffd', '\ufffe', '\u0378', '\0', '\u007f', '\ufeff', '\u2126', 'A\u030a', '\u1e9b\u0323', '\uff76\uff9e', '\u0e33', '\u{1d165}\u{1d16f}', 'a'.repeat(77), 'lalalalalala',
];
const source = JSON.parse(fs.readFileSync(file, 'utf8'));
const added = (source.added_tokens ?? []).slice(0, 40).map(token => token.content);

function randomText() {
  let text = '';
  for (let i = random(14); i > 0; i--) {
    const kind = random(10);
    if (kind < 4) text += pick(difficult);
    else if (kind < 7) text += (random(3) ? ' ' : '') + pick(words);
    else if (kind < 8) text += added.length ? pick(added) : ' ';
    else {
      let code;
      do code = random(3) ? random(0x3000) : random(3) ? random(0x10000) : random(0x20000); while (code >= 0xd800 && code < 0xe000);
      text += String.fromCodePoint(code);
    }
  }
  return text;
}

const ascii = value => JSON.stringify(value).replace(/[\u007f-\uffff]/g, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
const plain = Tokenizer.fromString(JSON.stringify({ ...source, truncation: null, padding: null }));

async function single(text, pair, special) {
  const encoding = await plain.encode(text, pair, { addSpecialTokens: special });
  const ids = encoding.getIds();
  return {
    text, ...(pair === null ? {} : { pair, sequence_ids: encoding.getSequenceIds().map(id => id ?? null) }), special, ids,
    tokens: encoding.getTokens(), offsets: encoding.getOffsets(), type_ids: encoding.getTypeIds(),
    decoded: await plain.decode(ids, true), decoded_with_special: await plain.decode(ids, false),
  };
}

async function batch() {
  const special = random(2) === 0, pairs = random(2) === 0, count = pairs ? 1 : 1 + random(5);
  const least = special ? (await plain.encode('', pairs ? '' : null, { addSpecialTokens: true })).getLength() : 0;
  // Versions 0.23.1 and 0.23.2 stop reading each half of a pair at the limit and then share it out by what they have read: no cut pairs.
  const truncation = pairs || random(5) === 0 ? null : {
    max_length: least + random(25), strategy: pick(['longest_first', 'only_first', 'only_second']), stride: 0, direction: pick(['left', 'right']),
  };
  const padding = random(4) === 0 ? null : {
    direction: pick(['left', 'right']), length: random(2) ? null : random(30), pad_to_multiple_of: random(2) ? null : random(9), pad_id: random(5), pad_token: 'P', pad_type_id: random(3),
  };
  const title = name => name.split('_').map(part => part[0].toUpperCase() + part.slice(1)).join('');
  const limited = Tokenizer.fromString(JSON.stringify({
    ...source,
    truncation: truncation && { max_length: truncation.max_length, strategy: title(truncation.strategy), stride: 0, direction: title(truncation.direction) },
    padding: padding && {
      strategy: padding.length === null ? 'BatchLongest' : { Fixed: padding.length }, direction: title(padding.direction), pad_to_multiple_of: padding.pad_to_multiple_of,
      pad_id: padding.pad_id, pad_type_id: padding.pad_type_id, pad_token: padding.pad_token,
    },
  }));
  const texts = Array.from({ length: count }, randomText), second = pairs ? texts.map(randomText) : null;
  const row = { texts, ...(pairs ? { pairs: second } : {}), special, truncation, padding };
  try {
    const encodings = pairs
      ? [await limited.encode(texts[0], second[0], { addSpecialTokens: special })]
      : await limited.encodeBatch(texts, { addSpecialTokens: special });
    const all = get => encodings.map(get);
    return {
      ...row, ids: all(e => e.getIds()), attention_mask: all(e => e.getAttentionMask()), type_ids: all(e => e.getTypeIds()),
      special_tokens_mask: all(e => e.getSpecialTokensMask()), offsets: all(e => e.getOffsets()),
    };
  } catch (error) {
    return { ...row, error: error.message };
  }
}

fs.mkdirSync(out, { recursive: true });
fs.copyFileSync(file, path.join(out, 'tokenizer.json'));
const cases = [];
for (const line of lines.slice(0, 500)) cases.push(await single(line, null, random(2) === 0));
for (let i = 0; i < Number(options.random); i++) cases.push(await single(randomText(), random(5) === 0 ? randomText() : null, random(2) === 0));
fs.writeFileSync(path.join(out, 'cases.jsonl'), cases.map(row => ascii(row) + '\n').join(''));

// Each batch loads the file anew, which takes seconds for a large vocabulary.
const batches = [];
for (let i = 0; i < (fs.statSync(file).size < 1 << 20 ? 60 : 5); i++) batches.push(await batch());
fs.writeFileSync(path.join(out, 'batches.jsonl'), batches.map(row => ascii(row) + '\n').join(''));

fs.writeFileSync(path.join(out, 'golden.json'), JSON.stringify({ kind: 'tokenizer', tokenizer: './tokenizer.json', cases: ['./cases.jsonl', './batches.jsonl'], tolerance: 'equal' }, null, 1) + '\n');

"""Peer of bench encode-transformer: BERT in PyTorch, batches sorted by length and padded, f32. Prints one JSON object.

usage: bert_encode.py MODEL_FOLDER TOKENS_JSON BATCH THREADS   (TOKENS_JSON: a list of lists of token ids)
"""
import json
import struct
import sys
import time

import torch
import torch.nn.functional as F


def load(path):
    types = {"F32": torch.float32, "I64": torch.int64}
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    return {name: torch.frombuffer(data, dtype=types[t["dtype"]], count=(t["data_offsets"][1] - t["data_offsets"][0]) // (4 if t["dtype"] == "F32" else 8),
                                   offset=t["data_offsets"][0]).reshape(t["shape"]) for name, t in header.items()}


def main():
    folder, tokens, size, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    with open(folder + "/config.json") as file:
        config = json.load(file)
    with open(tokens) as file:
        texts = sorted(json.load(file), key=len, reverse=True)
    w = load(folder + "/model.safetensors")
    heads, eps = config["num_attention_heads"], config["layer_norm_eps"]

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], eps)

    def linear(x, name):
        return F.linear(x, w[name + ".weight"], w[name + ".bias"])

    def encode(batch):
        n, length = len(batch), max(map(len, batch))
        ids = torch.zeros(n, length, dtype=torch.int64)
        mask = torch.zeros(n, length)
        for i, text in enumerate(batch):
            ids[i, : len(text)] = torch.tensor(text)
            mask[i, : len(text)] = 1
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:length] + w["embeddings.token_type_embeddings.weight"][0]
        x = norm(x, "embeddings.LayerNorm")
        bias = (1 - mask)[:, None, None, :] * -1e9
        for layer in range(config["num_hidden_layers"]):
            p = f"encoder.layer.{layer}."
            q, k, v = (linear(x, p + "attention.self." + part).view(n, length, heads, -1).transpose(1, 2) for part in ("query", "key", "value"))
            scores = (q @ k.transpose(2, 3)) / q.shape[-1] ** 0.5 + bias
            h = (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, length, -1)
            x = norm(x + linear(h, p + "attention.output.dense"), p + "attention.output.LayerNorm")
            h = linear(F.gelu(linear(x, p + "intermediate.dense")), p + "output.dense")
            x = norm(x + h, p + "output.LayerNorm")
        return F.normalize((x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))

    with torch.inference_mode():
        encode(texts[:size])
        start, cpu = time.perf_counter(), time.process_time()
        for i in range(0, len(texts), size):
            encode(texts[i : i + size])
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    total = sum(map(len, texts))
    print(json.dumps({"tokens_per_second": total / seconds, "tokens_per_cpu_second": total / cpu, "version": torch.__version__}))


main()

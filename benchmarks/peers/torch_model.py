"""Peer of the transformer benchmarks: BERT and Llama-like encoders in plain PyTorch, encoding or contrastive training.

usage: torch_model.py JOB_JSON

JOB_JSON: {"kind": "bert" | "llama", "config": {...}, "weights": model.safetensors | null (random), "mode": "encode" | "train", "bf16": bool,
"threads": n, "temperature": t, "learning_rate": r, "texts": [[id]] (encode) or "steps": [{"queries": [[id]], "passages": [[id]]}] (train)}.

First prints {"version"}; then, for each line on its input, does all texts or steps once and prints {"seconds", "cpu_seconds"}.
"""
import json
import struct
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def load(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    return {name: torch.frombuffer(data, dtype=torch.float32, count=(t["data_offsets"][1] - t["data_offsets"][0]) // 4, offset=t["data_offsets"][0]).reshape(t["shape"])
            for name, t in header.items() if t["dtype"] == "F32"}


class BertLayer(nn.Module):
    def __init__(self, c):
        super().__init__()
        h, w = c["hidden_size"], c["intermediate_size"]
        self.heads = c["num_attention_heads"]
        self.query, self.key, self.value, self.out = (nn.Linear(h, h) for _ in range(4))
        self.up, self.down = nn.Linear(h, w), nn.Linear(w, h)
        self.norm1, self.norm2 = nn.LayerNorm(h, c["layer_norm_eps"]), nn.LayerNorm(h, c["layer_norm_eps"])
        self.drop, self.drop_attention = nn.Dropout(c["hidden_dropout_prob"]), nn.Dropout(c["attention_probs_dropout_prob"])

    def forward(self, x, bias):
        n, length, _ = x.shape
        q, k, v = (m(x).view(n, length, self.heads, -1).transpose(1, 2) for m in (self.query, self.key, self.value))
        shares = self.drop_attention(((q @ k.transpose(2, 3)) / q.shape[-1] ** 0.5 + bias).softmax(-1))
        h = self.norm1(x + self.drop(self.out((shares @ v).transpose(1, 2).reshape(n, length, -1))))
        return self.norm2(h + self.drop(self.down(F.gelu(self.up(h)))))


class Bert(nn.Module):
    def __init__(self, c):
        super().__init__()
        h = c["hidden_size"]
        self.words, self.positions, self.types = nn.Embedding(c["vocab_size"], h), nn.Embedding(c["max_position_embeddings"], h), nn.Embedding(c["type_vocab_size"], h)
        self.norm, self.drop = nn.LayerNorm(h, c["layer_norm_eps"]), nn.Dropout(c["hidden_dropout_prob"])
        self.layers = nn.ModuleList(BertLayer(c) for _ in range(c["num_hidden_layers"]))

    def forward(self, ids, mask):
        x = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.types.weight[0]
        x = self.drop(self.norm(x))
        bias = (1 - mask)[:, None, None, :] * -1e9
        for layer in self.layers:
            x = layer(x, bias)
        return x

    def copy(self, w):
        names = {"words.weight": "embeddings.word_embeddings.weight", "positions.weight": "embeddings.position_embeddings.weight",
                 "types.weight": "embeddings.token_type_embeddings.weight", "norm.weight": "embeddings.LayerNorm.weight", "norm.bias": "embeddings.LayerNorm.bias"}
        parts = {"query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value", "out": "attention.output.dense",
                 "norm1": "attention.output.LayerNorm", "up": "intermediate.dense", "down": "output.dense", "norm2": "output.LayerNorm"}
        with torch.no_grad():
            for name, p in self.named_parameters():
                if name.startswith("layers."):
                    _, i, part, kind = name.split(".")
                    p.copy_(w[f"encoder.layer.{i}.{parts[part]}.{kind}"])
                else:
                    p.copy_(w[names[name]])


class RmsNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        y = x.float()
        return self.weight * (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + self.eps)).to(x.dtype)


class LlamaLayer(nn.Module):
    def __init__(self, c):
        super().__init__()
        h, w, self.heads, self.groups = c["hidden_size"], c["intermediate_size"], c["num_attention_heads"], c["num_key_value_heads"]
        d = h // self.heads
        self.q, self.k, self.v, self.o = nn.Linear(h, h, False), nn.Linear(h, self.groups * d, False), nn.Linear(h, self.groups * d, False), nn.Linear(h, h, False)
        self.gate, self.up, self.down = nn.Linear(h, w, False), nn.Linear(h, w, False), nn.Linear(w, h, False)
        self.norm1, self.norm2 = RmsNorm(h, c["rms_norm_eps"]), RmsNorm(h, c["rms_norm_eps"])

    def forward(self, x, bias, cos, sin):
        n, length, _ = x.shape
        y = self.norm1(x)
        q, k, v = (m(y).view(n, length, -1, x.shape[-1] // self.heads).transpose(1, 2) for m in (self.q, self.k, self.v))

        def rotate(t):
            half = t.shape[-1] // 2
            return t * cos + torch.cat((-t[..., half:], t[..., :half]), -1) * sin

        q, k = rotate(q), rotate(k)
        if self.groups != self.heads:
            k, v = (t.repeat_interleave(self.heads // self.groups, 1) for t in (k, v))
        shares = ((q @ k.transpose(2, 3)) / q.shape[-1] ** 0.5 + bias).softmax(-1).to(v.dtype)
        x = x + self.o((shares @ v).transpose(1, 2).reshape(n, length, -1))
        y = self.norm2(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    """Bidirectional: every token sees every other one of its text."""

    def __init__(self, c):
        super().__init__()
        self.words, self.norm = nn.Embedding(c["vocab_size"], c["hidden_size"]), RmsNorm(c["hidden_size"], c["rms_norm_eps"])
        nn.init.normal_(self.words.weight, std=0.02)
        self.layers = nn.ModuleList(LlamaLayer(c) for _ in range(c["num_hidden_layers"]))
        d = c["hidden_size"] // c["num_attention_heads"]
        self.frequencies = 1.0 / c["rope_theta"] ** (torch.arange(0, d, 2).float() / d)

    def forward(self, ids, mask):
        x = self.words(ids)
        angles = torch.outer(torch.arange(ids.shape[1]).float(), self.frequencies)
        angles = torch.cat((angles, angles), -1)
        bias = (1 - mask)[:, None, None, :] * -1e9
        for layer in self.layers:
            x = layer(x, bias, angles.cos(), angles.sin())
        return self.norm(x)


def embed(model, batch):
    length = max(map(len, batch))
    ids, mask = torch.zeros(len(batch), length, dtype=torch.int64), torch.zeros(len(batch), length)
    for i, text in enumerate(batch):
        ids[i, : len(text)] = torch.tensor(text)
        mask[i, : len(text)] = 1
    x = model(ids, mask).float()
    return F.normalize((x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))


def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    torch.manual_seed(0)
    model = (Bert if job["kind"] == "bert" else Llama)(job["config"])
    if job["weights"]:
        model.copy(load(job["weights"]))

    def forward(batch):
        with torch.autocast("cpu", torch.bfloat16, enabled=job["bf16"]):
            return embed(model, batch)

    if job["mode"] == "encode":
        model.eval()
        texts = sorted(job["texts"], key=len, reverse=True)

        def run(some, size):
            with torch.inference_mode():
                for i in range(0, len(some), size):
                    forward(some[i : i + size])

        part, sizes = texts[::8], {}
        for size in (8, 16, 32, 64):
            run(part[:size], size)
            start = time.perf_counter()
            run(part, size)
            sizes[size] = time.perf_counter() - start
        best = min(sizes, key=sizes.get)
        everything = lambda: run(texts, best)
    else:
        model.train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=job["learning_rate"], weight_decay=0.0)

        def step(batch):
            optimizer.zero_grad()
            q, p = forward(batch["queries"]), forward(batch["passages"])
            F.cross_entropy(q @ p.T / job["temperature"], torch.arange(len(q))).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()

        step(job["steps"][0])
        everything = lambda: [step(batch) for batch in job["steps"]]

    print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
    for _ in sys.stdin:
        start, cpu = time.perf_counter(), time.process_time()
        everything()
        print(json.dumps({"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - cpu}), flush=True)


main()

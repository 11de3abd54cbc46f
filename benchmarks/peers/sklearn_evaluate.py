"""Peer of the evaluate benchmark: scikit-learn's nDCG and average precision over the same run.

usage: sklearn_evaluate.py JOB_JSON

JOB_JSON: {"gains": raw little-endian f64 file, queries x columns: the grade of each place's document, "scores": likewise,
"columns": n, "retrieved": the first so many columns are what was retrieved and filling without a grade; behind them are judged
documents that were not retrieved, below all others; "cut": k, "ndcg", "map": the means that ours found}.

First computes both means once and ends with an error where they differ from ours; prints {"version"}; then, for each line on its
input, computes them again and prints {"seconds", "cpu_seconds"}. The matrices lie ready: reading, joining ids and judgments is not in it.
"""
import json
import sys
import time

import numpy as np
import sklearn
from sklearn.metrics import average_precision_score, ndcg_score

with open(sys.argv[1]) as file:
    job = json.load(file)
gains = np.fromfile(job["gains"], dtype="<f8").reshape(-1, job["columns"])
scores = np.fromfile(job["scores"], dtype="<f8").reshape(-1, job["columns"])
relevant = gains >= 1
retrieved = job["retrieved"]
found, there = relevant[:, :retrieved].sum(axis=1), relevant.sum(axis=1)


def evaluate():
    # No two scores are equal, so the faster way without averaging over ties is exact.
    ndcg = ndcg_score(gains, scores, k=job["cut"], ignore_ties=True)
    # Its average precision counts what was retrieved; trec_eval's divides by all that is relevant.
    precision = sum(
        average_precision_score(relevant[query, :retrieved], scores[query, :retrieved]) * found[query] / there[query]
        for query in np.flatnonzero(found)
    ) / len(gains)
    return ndcg, precision


for name, theirs in zip(("ndcg", "map"), evaluate()):
    if abs(theirs - job[name]) > 1e-9:
        sys.exit(f"{name}: scikit-learn finds {theirs!r}, we find {job[name]!r}")
print(json.dumps({"version": f"scikit-learn {sklearn.__version__}"}), flush=True)
for _ in sys.stdin:
    clock, cpu = time.perf_counter(), time.process_time()
    evaluate()
    print(json.dumps({"seconds": time.perf_counter() - clock, "cpu_seconds": time.process_time() - cpu}), flush=True)

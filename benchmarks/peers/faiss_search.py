"""Peer of the vectors benchmark: faiss over the same vectors.

usage: faiss_search.py JOB_JSON

JOB_JSON: {"vectors": raw little-endian f32 file, "queries": likewise, "dimension": n, "kind": "flat" | "sq8", "top": k, "batch": bool, "threads": n}.

First prints {"version"}; then, for each line on its input, answers all queries once (one by one, or as a batch) and prints
{"seconds", "cpu_seconds"}.
"""
import json
import sys
import time

import faiss
import numpy as np

with open(sys.argv[1]) as file:
    job = json.load(file)
faiss.omp_set_num_threads(job["threads"])
vectors = np.memmap(job["vectors"], dtype="<f4", mode="r").reshape(-1, job["dimension"])
queries = np.fromfile(job["queries"], dtype="<f4").reshape(-1, job["dimension"])
if job["kind"] == "flat":
    index = faiss.IndexFlatIP(job["dimension"])
else:
    index = faiss.IndexScalarQuantizer(job["dimension"], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
for start in range(0, len(vectors), 65536):
    index.add(np.ascontiguousarray(vectors[start:start + 65536]))
print(json.dumps({"version": f"faiss {faiss.__version__} {job['kind']}, {job['threads']} threads"}), flush=True)
for _ in sys.stdin:
    clock, cpu = time.perf_counter(), time.process_time()
    if job["batch"]:
        index.search(queries, job["top"])
    else:
        for query in queries:
            index.search(query[None, :], job["top"])
    print(json.dumps({"seconds": time.perf_counter() - clock, "cpu_seconds": time.process_time() - cpu}), flush=True)

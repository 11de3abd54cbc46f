using System.Runtime.InteropServices;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Vectors;

namespace ReasonIR.Search.Indexing;

/// <summary>Builds vector indexes: asks the Encoder for the corpus's vectors by a run of its own, then assembles them.</summary>
public sealed class DenseBuild(ArtifactStore artifacts)
{
    const int BlockRows = 1024;

    /// <summary>Waits for the vectors and writes the index file.</summary>
    public async Task<BuiltIndex> BuildAsync(RunContext run, Corpus corpus, Model model, CancellationToken cancellation)
    {
        await run.ReportProgressAsync(null, "waits for the vectors");
        var spec = new EncodeSpec(corpus.Name, model.Name);
        var id = await run.EnqueueChildAsync(RunKinds.Encode, spec.Title, spec, $"encode/{corpus.ContentHash}/{model.Revision}", RunSpecs.Version, cancellation);
        await using (var db = await run.ReadAsync(cancellation))
            if (await db.Runs.AnyAsync(row => row.Id == id && (row.State == RunState.Failed || row.State == RunState.Canceled), cancellation))
                await run.Queue.ResumeAsync(id, cancellation);
        var encoded = await run.Queue.WaitAsync(id, cancellation);
        if (encoded.State != RunState.Succeeded)
            throw new InvalidOperationException($"encode (run {id}) {encoded.State.ToString().ToLowerInvariant()}: {encoded.Error ?? "no reason given"}");
        var output = encoded.ReadOutput<EncodeOutput>() ?? throw new InvalidDataException($"encode (run {id}) left no output.");
        if (output.CorpusHash != corpus.ContentHash || output.ModelRevision != model.Revision)
            throw new TransientRunException("The corpus or the model changed while it was encoded.");

        var file = Path.Combine(run.WorkFolder, "index.vectors");
        using (var writer = VectorIndexWriter.Create(file, output.Dimension))
        {
            foreach (var (number, shard) in output.Shards.Index())
            {
                await AddAsync(writer, shard, output.Dimension, cancellation);
                await run.ReportProgressAsync((number + 1) / (double)output.Shards.Count, $"{writer.Count:N0} vectors");
            }
            writer.Complete();
        }
        var path = $"indexes/{corpus.Name}-{model.Name}-{run.RunId}.vectors";
        var rows = output.Shards.Sum(shard => (long)shard.Rows);
        await artifacts.CommitFileAsync(file, path, "index", run, cancellation);
        return new(path, rows, new(ModelRevision: model.Revision, Dimension: output.Dimension, Dtype: "f32", Metric: "cosine", QueryPrompt: output.QueryPrompt, DocumentPrompt: output.DocumentPrompt));
    }

    async Task AddAsync(VectorIndexWriter writer, VectorShard shard, int dimension, CancellationToken cancellation)
    {
        var path = artifacts.Resolve(shard.Path);
        var ids = await File.ReadAllLinesAsync(Path.ChangeExtension(path, ".ids"), cancellation);
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true);
        if (ids.Length != shard.Rows || file.Length != (long)shard.Rows * dimension * sizeof(float))
            throw new InvalidDataException($"{shard.Path}: {ids.Length} ids and {file.Length} bytes; expected {shard.Rows} rows of {dimension} floats.");
        var block = new float[BlockRows * dimension];
        for (var row = 0; row < ids.Length; row += BlockRows)
        {
            var rows = Math.Min(BlockRows, ids.Length - row);
            file.ReadExactly(MemoryMarshal.AsBytes(block.AsSpan(0, rows * dimension)));
            writer.Add(new ArraySegment<string>(ids, row, rows), block.AsSpan(0, rows * dimension));
        }
    }
}

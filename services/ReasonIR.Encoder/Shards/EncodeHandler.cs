using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Encoder.Shards;

/// <summary>Encodes a corpus into vector shards; a run that was killed goes on at the first shard that is missing.</summary>
public sealed class EncodeHandler(ModelServer models, DocumentStore documents, VectorShardWriter shards) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.Encode;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<EncodeSpec>();
        Corpus corpus;
        await using (var db = await run.ReadAsync(cancellation))
            corpus = await db.Corpora.AsNoTracking().SingleOrDefaultAsync(row => row.Name == spec.Corpus, cancellation)
                ?? throw new ArgumentException($"There is no corpus '{spec.Corpus}'.");
        using var lease = await models.OpenAsync(spec.Model, cancellation);
        await run.LinkAsync(LinkDirection.Input, "corpus", corpus.Id, cancellation: cancellation);
        await run.LinkAsync(LinkDirection.Input, "model", lease.Model.Id, cancellation: cancellation);

        var output = run.Checkpoint<EncodeOutput>();
        if (output is null || output.CorpusHash != corpus.ContentHash || output.ModelRevision != lease.Model.Revision)
            output = new(lease.Encoder.Dimension, lease.Model.Revision, corpus.ContentHash, [], lease.PromptText("query"), lease.PromptText("document"));
        var folder = $"vectors/{spec.Corpus}-{Short(corpus.ContentHash)}/{spec.Model}-{Short(lease.Model.Revision)}-{spec.ShardSize}";
        var done = output.Shards.Sum(shard => (long)shard.Rows);
        if (done > 0)
            await run.LogAsync($"Goes on after {output.Shards.Count} shards ({done:N0} documents).");

        var batch = new List<Document>(spec.ShardSize);
        var position = 0L;
        await foreach (var document in documents.StreamAsync(corpus.Id, cancellation: cancellation))
        {
            if (position++ < done)
                continue;
            batch.Add(document);
            if (batch.Count == spec.ShardSize)
                await FlushAsync();
        }
        if (batch.Count > 0)
            await FlushAsync();
        await run.SetOutputAsync(output, cancellation);

        async Task FlushAsync()
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var shard = await shards.WriteAsync(run, lease, $"{folder}/{output.Shards.Count:00000}", batch, cancellation);
            output = output with { Shards = [.. output.Shards, shard] };
            await run.SaveCheckpointAsync(output, cancellation: cancellation);
            await run.MetricAsync("documents_per_second", output.Shards.Count, batch.Count / Math.Max(clock.Elapsed.TotalSeconds, 1e-9));
            var rows = output.Shards.Sum(s => (long)s.Rows);
            await run.ReportProgressAsync(corpus.DocumentCount == 0 ? null : Math.Min(1, rows / (double)corpus.DocumentCount), $"{rows:N0} documents");
            batch.Clear();
        }
    }

    static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}

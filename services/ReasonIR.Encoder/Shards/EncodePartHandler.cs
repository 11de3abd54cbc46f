using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Passages;
using ReasonIR.Contracts.Runs;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Encoder.Shards;

/// <summary>How far a part is.</summary>
/// <param name="Shards">The finished ones.</param>
/// <param name="Unfinished">What there is of the next one, or null.</param>
public sealed record EncodePartProgress(IReadOnlyList<VectorShard> Shards, UnfinishedShard? Unfinished = null);

/// <summary>Encodes some neighboring shards; a part that was paused or killed goes on where it was, but for its last seconds.</summary>
public sealed class EncodePartHandler(ModelServer models, DocumentStore documents, VectorShardWriter shards) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.EncodePart;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<EncodePartSpec>();
        var corpus = await FindAsync(run, spec, cancellation);
        using var lease = await models.OpenAsync(spec.Model, cancellation);
        if (lease.Model.Revision != spec.ModelRevision)
            throw new InvalidOperationException($"Model '{spec.Model}' was registered anew while it encoded; start the run again.");

        var passages = PassageRule.Parse(spec.Passages);
        var progress = run.Checkpoint<EncodePartProgress>() ?? new([]);
        var total = (double)spec.Starts.Count * spec.ShardSize;
        while (progress.Shards.Count < spec.Starts.Count)
        {
            var number = progress.Shards.Count;
            // One shard more than there are documents is no error: the corpus's last one may be short.
            var batch = await (spec.Documents is { } some
                ? documents.StreamAsync(corpus.Id, some[number], cancellation)
                : documents.StreamAsync(corpus.Id, cancellation: cancellation, fromId: spec.Starts[number]).Take(spec.ShardSize)).ToListAsync(cancellation);
            var shard = await shards.WriteAsync(run, lease, $"{spec.Folder}/{spec.FirstShard + number:00000}", batch, passages, progress.Unfinished,
                unfinished => run.SaveCheckpointAsync(progress with { Unfinished = unfinished }, cancellation: CancellationToken.None),
                encoded => run.ReportProgressAsync((number * (double)spec.ShardSize + encoded) / total, $"shard {spec.FirstShard + number}, {encoded:N0} of {batch.Count:N0} documents"), cancellation);
            progress = new([.. progress.Shards, shard]);
            await run.SaveCheckpointAsync(progress, cancellation: cancellation);
        }
        _ = await FindAsync(run, spec, cancellation); // not changed while it was read
        await run.SetOutputAsync(new EncodePartOutput(progress.Shards), cancellation);
    }

    static async Task<Corpus> FindAsync(RunContext run, EncodePartSpec spec, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var corpus = await db.Corpora.AsNoTracking().SingleOrDefaultAsync(row => row.Name == spec.Corpus, cancellation) ?? throw new ArgumentException($"There is no corpus '{spec.Corpus}'.");
        return corpus.ContentHash == spec.CorpusHash ? corpus : throw new InvalidOperationException($"Corpus '{spec.Corpus}' changed while it was encoded; start the run again.");
    }
}

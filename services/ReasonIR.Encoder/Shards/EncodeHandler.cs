using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Passages;
using ReasonIR.Contracts.Runs;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Encoder.Shards;

/// <summary>
/// Encodes a corpus into vector shards: it cuts the corpus into parts of some shards each, runs of their own that every Encoder process
/// takes from, and puts together what they leave. Started again, it finds its parts by their keys; those that ended are not done anew.
/// </summary>
public sealed class EncodeHandler(ModelServer models, DocumentStore documents, EncodedBefore before, RunEvents events) : IRunHandler
{
    /// <summary>Parts of a run at most: enough for many workers, few enough to be looked at.</summary>
    const int MaxParts = 64;

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
        EncodeOutput output;
        using (var lease = await models.OpenAsync(spec.Model, cancellation))
        {
            output = new(lease.Encoder.Dimension, lease.Model.Revision, corpus.ContentHash, [], lease.PromptText(ModelPrompts.Query), lease.PromptText(ModelPrompts.Document), $"{lease.Served.Settings.Key}/{lease.Model.Pooling}/{lease.Prompt(ModelPrompts.Document).MaxTokens}", Passages: PassageRule.Parse(spec.Passages)?.Cut);
            await run.LinkAsync(LinkDirection.Input, "corpus", corpus.Id, cancellation: cancellation);
            await run.LinkAsync(LinkDirection.Input, "model", lease.Model.Id, cancellation: cancellation);
        }
        var there = await before.FindAsync(run, spec, corpus, output, cancellation);
        output = output with { Shards = there?.Shards ?? [], Encoded = there?.Missing.Count ?? corpus.DocumentCount };
        if (there is not null)
            await run.LogAsync($"The vectors of {corpus.DocumentCount - there.Missing.Count:N0} documents are there; {there.Missing.Count:N0} are encoded.");
        var parts = await EnqueueAsync(run, spec, corpus, output, there?.Missing, cancellation);
        using (var progress = new PartsProgress(run, events, parts, output.Encoded.Value, spec.ShardSize))
            foreach (var (id, part) in parts)
            {
                var ended = await progress.UntilAsync(run.Queue.WaitAsync(id, cancellation), cancellation);
                if (ended.State != RunState.Succeeded)
                    throw new InvalidOperationException($"{part.Title} (run {id}) {ended.State.ToString().ToLowerInvariant()}: {ended.Error ?? "no reason given"}");
                output = output with { Shards = [.. output.Shards, .. ended.ReadOutput<EncodePartOutput>()!.Shards] };
            }
        await run.SetOutputAsync(output, cancellation);
    }

    /// <summary>The parts in the order of their shards, new or found again.</summary>
    async Task<IReadOnlyList<(long Id, EncodePartSpec Spec)>> EnqueueAsync(RunContext run, EncodeSpec spec, Corpus corpus, EncodeOutput output, IReadOnlyList<long>? missing, CancellationToken cancellation)
    {
        var some = missing?.Chunk(spec.ShardSize).ToList();
        var starts = some is null ? await documents.StartsAsync(corpus.Id, spec.ShardSize, cancellation) : [.. some.Select(shard => shard[0])];
        // Of this run alone: another one of the same corpus may encode other documents of it, and number its shards as this one does.
        var folder = $"vectors/{spec.Corpus}-{Short(corpus.ContentHash)}/{run.RunId}-{spec.Model}-{Short(output.ModelRevision)}-{spec.ShardSize}{output.Passages?.Insert(0, "-").Replace(':', '-')}";
        var size = (starts.Count + MaxParts - 1) / MaxParts;
        var parts = new List<(long, EncodePartSpec)>();
        foreach (var (index, own) in starts.Chunk(Math.Max(1, size)).Index())
        {
            var part = new EncodePartSpec(spec.Corpus, corpus.ContentHash, spec.Model, output.ModelRevision, folder, index * size, own, spec.ShardSize,
                some?.GetRange(index * size, own.Length), spec.Passages);
            var id = await run.EnqueueChildAsync(RunKinds.EncodePart, part.Title, part, $"part/{corpus.ContentHash}/{output.ModelRevision}/{output.Settings}/{output.Passages?.Insert(output.Passages.Length, "/")}{part.FirstShard}/{(missing is null ? "all" : $"{missing.Count}")}", RunSpecs.Version, cancellation);
            parts.Add((id, part));
        }
        await run.Queue.GoOnAsync([.. parts.Select(part => part.Item1)], cancellation);
        return parts;
    }

    static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}

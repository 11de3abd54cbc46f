using System.Runtime.CompilerServices;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Pipelines;

/// <summary>Has the Synthesis service's language model write rewrites.</summary>
public sealed class RewriteWriter(SynthesisClient synthesis, DocumentTexts documents)
{
    /// <summary>Queries of a request: a run that is stopped has the answers of the earlier ones.</summary>
    const int Batch = 32;

    /// <summary>What is looked up for each query.</summary>
    /// <param name="found">What an earlier round found; null in the first one.</param>
    public async Task<IReadOnlyList<QueryTexts>> WriteAsync(
        Corpus corpus, RewriteStage stage, IReadOnlyList<RankedText> queries, IReadOnlyList<ScoredDocument>[]? found, PipelineContext context, PipelineTrace trace, CancellationToken ct)
    {
        var settings = stage.Llm ?? new();
        var notes = new SortedDictionary<string, double>(StringComparer.Ordinal);
        return await trace.TimeAsync(found is null ? "rewrite" : "rewrite again", async () =>
        {
            var texts = new List<QueryTexts>(queries.Count);
            var batched = context.Batches is null ? null : await context.Batches.AskedAsync(
                $"{context.System} {(found is null ? "rewrite" : "rewrite again")}", AskStage.Rewrite, RequestsAsync(corpus, settings, queries, found, context, ct), settings.MaxCost, ct);
            await foreach (var request in RequestsAsync(corpus, settings, queries, found, context, ct))
            {
                var answer = await synthesis.RewriteAsync(request, ct);
                texts.AddRange(answer.Rewrites.Select((rewrites, i) => QueryTexts.Of(request.Queries[i].Text, rewrites, stage.Join)));
                notes.Add([.. ModelUseNotes.Of(answer.Use), new("cutOff", answer.CutOff), new("unusable", answer.Unusable), new("tokens", answer.Rewrites.Sum(rewrites => rewrites.Average(RewriteTokens.Count)))]);
            }
            notes.AddBatched(batched);
            return texts;
        }, () => notes);
    }

    async IAsyncEnumerable<RewriteRequest> RequestsAsync(
        Corpus corpus, RewriteByModel settings, IReadOnlyList<RankedText> queries, IReadOnlyList<ScoredDocument>[]? found, PipelineContext context, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var batch in Enumerable.Range(0, queries.Count).Chunk(Batch))
        {
            var items = new List<RewriteItem>();
            foreach (var i in batch)
                items.Add(new(queries[i].Text, found is null ? null : [.. (await documents.ReadAsync(corpus, [.. found[i].Take(settings.Passages).Select(document => document.Id)], ct))
                    .Select(text => TextBeginnings.Of(text, settings.PassageCharacters))]));
            yield return new(items, settings, context.RunId);
        }
    }
}

using ReasonIR.Contracts.Pipelines;
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
            foreach (var batch in Enumerable.Range(0, queries.Count).Chunk(Batch))
            {
                var items = new List<RewriteItem>();
                foreach (var i in batch)
                    items.Add(new(queries[i].Text, found is null ? null : await documents.ReadAsync(corpus, [.. found[i].Take(settings.Passages).Select(document => document.Id)], ct)));
                var answer = await synthesis.RewriteAsync(new(items, settings, context.RunId), ct);
                texts.AddRange(batch.Zip(answer.Rewrites, (i, rewrites) => QueryTexts.Of(queries[i].Text, rewrites, stage.Join)));
                foreach (var (name, value) in ModelUseNotes.Of(answer.Use).Append(new("cutOff", answer.CutOff)).Append(new("unusable", answer.Unusable)).Append(new("tokens", answer.Rewrites.Sum(rewrites => rewrites.Average(RewriteTokens.Count)))))
                    notes[name] = notes.GetValueOrDefault(name) + value;
            }
            return texts;
        }, () => notes);
    }
}

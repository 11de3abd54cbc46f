using System.Collections.Concurrent;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Vectors;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Pipelines;

/// <summary>Runs a pipeline over a batch of queries, stage by stage.</summary>
public sealed class PipelineEngine(Rewriting rewriting, IEnumerable<IPipelineRetriever> retrievers, Reranking reranking)
{
    readonly Dictionary<string, IPipelineRetriever> retrievers = retrievers.ToDictionary(retriever => retriever.Kind, StringComparer.Ordinal);

    /// <summary>The pipeline's rankings, one a query, best first, at most the smaller of its cut and <paramref name="depth"/>.</summary>
    public async Task<SystemRankings> RankAsync(Corpus corpus, PipelineSpec spec, IReadOnlyList<RankedText> queries, int depth, PipelineContext context, CancellationToken ct)
    {
        spec = PipelineSpecs.Spelled(spec);
        var trace = new PipelineTrace(context.Explain);
        queries = Exclude(spec, queries);
        var texts = await rewriting.RewriteAsync(corpus, spec.Rewrite, queries, null, context, trace, ct);
        var (rankings, parts) = await RetrieveAsync(corpus, spec, queries, texts, context, trace, ct);
        // A later round reads what the earlier one found.
        for (var round = 2; round <= (spec.Rewrite?.Llm?.Rounds ?? 1); round++)
        {
            texts = await rewriting.RewriteAsync(corpus, spec.Rewrite, queries, rankings, context, trace, ct);
            (rankings, parts) = await RetrieveAsync(corpus, spec, queries, texts, context, trace, ct);
        }
        foreach (var stage in spec.Rerank ?? [])
            rankings = await reranking.RerankAsync(corpus, stage, queries, texts, rankings, parts, context, trace, ct);
        var cut = Math.Min(spec.Cut, depth);
        return new([.. rankings.Select(ranking => ranking.Count <= cut ? ranking : [.. ranking.Take(cut)])], parts.Count > 1 || spec.Rerank is not null ? parts : new(), trace.Stages)
        {
            RewritesHash = spec.Rewrite is null ? null : QueryTexts.Hash(texts),
        };
    }

    async Task<(IReadOnlyList<ScoredDocument>[] Rankings, Dictionary<string, IReadOnlyList<ScoredDocument>[]> Parts)> RetrieveAsync(
        Corpus corpus, PipelineSpec spec, IReadOnlyList<RankedText> queries, IReadOnlyList<QueryTexts> texts, PipelineContext context, PipelineTrace trace, CancellationToken ct)
    {
        var parts = new Dictionary<string, IReadOnlyList<ScoredDocument>[]>();
        foreach (var retriever in spec.Retrievers)
            parts[retriever.Name!] = await RetrieveAsync(corpus, retriever, queries, texts, context, trace, ct);
        return (parts.Count == 1 ? parts.Values.Single() : await trace.TimeAsync("fusion", () => Task.FromResult(PipelineFusion.Fuse(spec, [.. parts.Values]))), parts);
    }

    /// <summary>Before any cut: what is left out takes no place from another document.</summary>
    static IReadOnlyList<RankedText> Exclude(PipelineSpec spec, IReadOnlyList<RankedText> queries)
    {
        var always = spec.Exclusions?.Documents?.ToHashSet(StringComparer.Ordinal) ?? [];
        return [.. queries.Select(query =>
        {
            var own = spec.Exclusions?.Apply == false ? null : query.Exclude;
            return query with { Exclude = always.Count == 0 ? own : own is null ? always : always.Union(own).ToHashSet(StringComparer.Ordinal) };
        })];
    }

    /// <summary>One ranking a query; a query of several texts has them joined.</summary>
    Task<IReadOnlyList<ScoredDocument>[]> RetrieveAsync(
        Corpus corpus, RetrieverStage stage, IReadOnlyList<RankedText> queries, IReadOnlyList<QueryTexts> texts, PipelineContext context, PipelineTrace trace, CancellationToken ct) =>
        trace.TimeAsync(stage.Name!, async () =>
        {
            var asked = texts.Select((text, i) => stage.Query == "original" ? [queries[i].Text] : text.Lookups).ToList();
            var flat = asked.SelectMany((lookups, i) => lookups.Select(lookup => queries[i] with { Text = lookup })).ToList();
            var found = await retrievers[stage.Kind].RankAsync(corpus, stage, flat, stage.Depth!.Value, context, ct);
            var at = 0;
            return [.. asked.Select((lookups, i) =>
            {
                var rankings = found[at..(at += lookups.Count)];
                return rankings.Length == 1 ? rankings[0] : texts[i].Interleaved ? PipelineFusion.Interleave(rankings, stage.Depth.Value) : PipelineFusion.Fuse(rankings, stage.Depth.Value);
            })];
        });
}

/// <summary>What a pipeline runs for.</summary>
/// <param name="Explain">Whether stages keep what they gave; for one query.</param>
/// <param name="RunId">The run that pays for calls to a language model; null: none.</param>
/// <param name="Filter">Which documents may be found; null: all.</param>
/// <param name="Batches">Where stages that ask a language model do so in batches; null: they ask live.</param>
/// <param name="System">What runs, as logs call it.</param>
public sealed record PipelineContext(bool Explain = false, long? RunId = null, VectorFilter? Filter = null, BatchedStages? Batches = null, string System = "")
{
    readonly ConcurrentDictionary<string, string> prompts = new(StringComparer.Ordinal);

    /// <summary>What the instructions of encoders became, by stage: the text before each query.</summary>
    public IReadOnlyDictionary<string, string> Prompts => prompts;

    /// <summary>Keeps the prompt of a stage; null: it had no instruction.</summary>
    public void Tell(string stage, string? prompt)
    {
        if (prompt is not null)
            prompts[stage] = prompt;
    }
}

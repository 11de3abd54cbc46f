using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Pipelines;

/// <summary>The reranking stages.</summary>
public sealed class Reranking(IEnumerable<IReranker> rerankers, DocumentTexts documents)
{
    readonly Dictionary<string, IReranker> rerankers = rerankers.ToDictionary(reranker => reranker.Kind, StringComparer.Ordinal);

    /// <summary>The rankings with the best of each in a new order.</summary>
    /// <param name="parts">The retrievers' rankings, for a stage that joins one's score.</param>
    public Task<IReadOnlyList<ScoredDocument>[]> RerankAsync(
        Corpus corpus, RerankStage stage, IReadOnlyList<RankedText> queries, IReadOnlyList<QueryTexts> texts, IReadOnlyList<ScoredDocument>[] rankings,
        IReadOnlyDictionary<string, IReadOnlyList<ScoredDocument>[]> parts, PipelineContext context, PipelineTrace trace, CancellationToken ct)
    {
        var notes = new SortedDictionary<string, double>(StringComparer.Ordinal);
        return trace.TimeAsync($"rerank: {stage.Kind}", async () =>
        {
            var reranked = new IReadOnlyList<ScoredDocument>[rankings.Length];
            var batched = context.Batches is null || !ModelReranker.Asks(stage) ? null
                : await context.Batches.AskedAsync($"{context.System} {stage.Kind}", AskStage.Rerank, RequestsAsync(), stage.Llm?.MaxCost, ct);
            for (var i = 0; i < rankings.Length; i++)
            {
                IReadOnlyList<ScoredDocument> best = [.. rankings[i].Take(stage.Depth)];
                if (best.Count == 0)
                {
                    reranked[i] = [];
                    continue;
                }
                var answer = await rerankers[stage.Kind].ScoreAsync(stage, Query(i), await ReadAsync(best), context, ct);
                notes.Add(answer.Notes ?? new Dictionary<string, double>());
                var retrieval = stage.With is null ? null : parts[stage.With][i].ToDictionary(document => document.Id, document => document.Score, StringComparer.Ordinal);
                reranked[i] = Order(stage, rankings[i], best, answer.Scores, retrieval);
            }
            notes.AddBatched(batched);
            return reranked;
        }, () => notes.Count == 0 ? null : notes);

        string Query(int i) => stage.Query == "original" ? queries[i].Text : texts[i].Joined;

        Task<IReadOnlyList<string>> ReadAsync(IReadOnlyList<ScoredDocument> best) => documents.ReadAsync(corpus, [.. best.Select(document => document.Id)], ct);

        async IAsyncEnumerable<RerankRequest> RequestsAsync()
        {
            foreach (var (i, ranking) in rankings.Index())
                if (ranking.Count > 0)
                    yield return ModelReranker.Request(stage, Query(i), await ReadAsync([.. ranking.Take(stage.Depth)]), context);
        }
    }

    /// <summary>Scores joined and ordered; what was not reranked follows. Every score is smaller than the one before it as a 32-bit float, because
    /// trec_eval orders equal ones by id and the order here is meant.</summary>
    public static IReadOnlyList<ScoredDocument> Order(
        RerankStage stage, IReadOnlyList<ScoredDocument> ranking, IReadOnlyList<ScoredDocument> best, IReadOnlyList<double> scores, IReadOnlyDictionary<string, double>? retrieval)
    {
        var joined = best.Select((document, i) => new ScoredDocument(document.Id,
            stage.Weight * scores[i] + stage.RetrievalWeight * (retrieval is null ? document.Score : retrieval.GetValueOrDefault(document.Id))));
        var order = new List<ScoredDocument>(ranking.Count);
        // A stable sort: equal scores keep the order they had.
        foreach (var document in joined.OrderByDescending(document => document.Score))
            order.Add(document with { Score = Below(order, document.Score) });
        foreach (var document in ranking.Skip(best.Count))
            order.Add(document with { Score = Below(order, double.PositiveInfinity) });
        return order;
    }

    static double Below(List<ScoredDocument> before, double score) =>
        before.Count > 0 && (float)score >= (float)before[^1].Score ? MathF.BitDecrement((float)before[^1].Score) : score;
}

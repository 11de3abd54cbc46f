using ReasonIR.Contracts.Pipelines;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Pipelines;

/// <summary>A kind of retriever that pipelines can name. A new one is registered beside these, and its name added to <see cref="RetrieverStage"/>.</summary>
public interface IPipelineRetriever
{
    /// <summary>Its name in a pipeline.</summary>
    string Kind { get; }

    /// <summary>A ranking a query, best first, without the documents that the query excludes or the context's filter leaves out.</summary>
    Task<IReadOnlyList<ScoredDocument>[]> RankAsync(Corpus corpus, RetrieverStage stage, IReadOnlyList<RankedText> queries, int depth, PipelineContext context, CancellationToken ct);
}

/// <summary>BM25.</summary>
public sealed class Bm25Retriever(Ranker ranker) : IPipelineRetriever
{
    /// <inheritdoc/>
    public string Kind => "bm25";

    /// <inheritdoc/>
    public Task<IReadOnlyList<ScoredDocument>[]> RankAsync(Corpus corpus, RetrieverStage stage, IReadOnlyList<RankedText> queries, int depth, PipelineContext context, CancellationToken ct) =>
        ranker.Bm25Async(corpus, queries, depth, stage.Bm25, ct, context.Filter);
}

/// <summary>The cosine of an encoder's vectors.</summary>
public sealed class DenseRetriever(Ranker ranker) : IPipelineRetriever
{
    /// <inheritdoc/>
    public string Kind => "dense";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ScoredDocument>[]> RankAsync(Corpus corpus, RetrieverStage stage, IReadOnlyList<RankedText> queries, int depth, PipelineContext context, CancellationToken ct)
    {
        var found = await ranker.DenseAsync(corpus, queries, depth, stage.Model!, stage.Instruction?.Text, ct, context.Filter);
        context.Tell(stage.Label, found.Prompt);
        return found.Rankings;
    }
}

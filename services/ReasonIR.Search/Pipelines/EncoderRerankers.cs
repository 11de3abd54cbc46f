using System.Numerics.Tensors;
using ReasonIR.Contracts.Embeddings;
using ReasonIR.Contracts.Pipelines;

namespace ReasonIR.Search.Pipelines;

/// <summary>The cosine of query and document by any registered encoder, whether the corpus is indexed by it or not.</summary>
public sealed class EncoderReranker(EmbeddingsClient encoder) : IReranker
{
    const int Batch = 64;

    /// <inheritdoc/>
    public string Kind => "encoder";

    /// <inheritdoc/>
    public async Task<RerankScores> ScoreAsync(RerankStage stage, string query, IReadOnlyList<string> documents, PipelineContext context, CancellationToken ct)
    {
        var (vectors, _, prompt) = await encoder.EncodeQueriesAsync(stage.Model!, [query], stage.Instruction?.Text, ct);
        context.Tell($"rerank: {stage.Model}", prompt);
        var asked = vectors[0];
        var scores = new List<double>(documents.Count);
        foreach (var batch in documents.Chunk(Batch))
            foreach (var vector in await encoder.EncodeAsync(stage.Model!, batch, "document", ct))
                scores.Add(Norm(asked) * Norm(vector) is > 0 and var norm ? TensorPrimitives.Dot<float>(asked, vector) / norm : 0);
        return new(scores);
    }

    static double Norm(float[] vector) => TensorPrimitives.Norm<float>(vector);
}

/// <summary>The logit of a cross-encoder, which reads query and document together.</summary>
public sealed class CrossEncoderReranker(RerankClient encoder) : IReranker
{
    const int Batch = 64;

    /// <inheritdoc/>
    public string Kind => "cross-encoder";

    /// <inheritdoc/>
    public async Task<RerankScores> ScoreAsync(RerankStage stage, string query, IReadOnlyList<string> documents, PipelineContext context, CancellationToken ct)
    {
        var scores = new List<double>(documents.Count);
        foreach (var batch in documents.Chunk(Batch))
            scores.AddRange((await encoder.ScoreAsync(stage.Model!, query, batch, ct)).Select(score => (double)score));
        return new(scores);
    }
}

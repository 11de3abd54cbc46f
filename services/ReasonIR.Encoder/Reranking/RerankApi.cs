using System.Diagnostics;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using ReasonIR.Encoder.Batching;
using ReasonIR.Encoder.Metrics;
using ReasonIR.Encoder.Requests;
using ReasonIR.Encoder.Serving;
using ReasonIR.Encoder.Tei;
using ReasonIR.Models;
using ReasonIR.Models.CrossEncoders;

namespace ReasonIR.Encoder.Reranking;

/// <summary>A text's place, TEI's form.</summary>
public sealed record RankResponse(int Index, float Score, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Text);

/// <summary>A text's place, Cohere's form.</summary>
public sealed record CohereRank(
    int Index, [property: JsonPropertyName("relevance_score")] float RelevanceScore, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CohereText? Document);

/// <summary>A text, Cohere's form.</summary>
public sealed record CohereText(string Text);

/// <summary>Cohere's answer.</summary>
public sealed record CohereResponse(string Id, IReadOnlyList<CohereRank> Results, string Model, CohereUsage Usage);

/// <summary>Tokens read.</summary>
public sealed record CohereUsage([property: JsonPropertyName("total_tokens")] long TotalTokens);

/// <summary>Texts in the order in which a cross-encoder finds them to answer a query.</summary>
public static class RerankApi
{
    /// <summary>Adds <c>/rerank</c> (TEI's form or Cohere's, by its fields), <c>/v1/rerank</c> and <c>/v2/rerank</c> (Cohere's).</summary>
    public static void MapRerank(this IEndpointRouteBuilder app)
    {
        app.MapGroup("").WithTags("Rerank").WithErrors(TeiErrors.Shape)
            .MapPost("/rerank", RerankAsync).WithName("Rerank").WithSummary("Texts by their scores for a query, the best first.");
        var cohere = app.MapGroup("").WithTags("Rerank").WithErrors(CohereErrors.Shape);
        foreach (var path in CohereErrors.Paths)
            cohere.MapPost(path, RerankAsync).WithName($"Rerank{path[2]}").WithSummary("The same in Cohere's form.");
    }

    static async Task<IResult> RerankAsync(HttpRequest http, ModelServer models, EncoderMetrics metrics, IOptions<ServingOptions> options, CancellationToken ct)
    {
        RerankRequest request;
        using (var body = await RequestBody.ReadAsync(http, ct))
            request = RerankRequest.Read(body, options.Value);
        using var lease = await models.OpenAsync(request.Model, ct);
        var reranker = lease.Pairs;
        if (reranker.Encoder.Labels.Count != 1)
            throw new NotSupportedException($"Model '{lease.Model.Name}' sorts pairs into {reranker.Encoder.Labels.Count} classes ({string.Join(", ", reranker.Encoder.Labels.Take(8))}); one score is needed to order texts.");
        var (scores, tokens) = await ScoreAsync(reranker, request, metrics, ct);
        if (Array.Exists(scores, score => !float.IsFinite(score)))
            throw new InvalidDataException($"Model '{lease.Model.Name}' gives scores that are not finite.");
        var order = Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).ThenBy(i => i).Take(request.Top ?? scores.Length);
        return request.IsCohere
            ? TypedResults.Ok(new CohereResponse(Guid.NewGuid().ToString(), [.. order.Select(i => new CohereRank(i, scores[i], request.ReturnsText ? new(request.Texts[i]) : null))], lease.Model.Name, new(tokens)))
            : TypedResults.Ok(order.Select(i => new RankResponse(i, scores[i], request.ReturnsText ? request.Texts[i] : null)));
    }

    static async Task<(float[] Scores, long Tokens)> ScoreAsync(ServedReranker reranker, RerankRequest request, EncoderMetrics metrics, CancellationToken ct)
    {
        reranker.Queue.CheckRoom();
        var since = Stopwatch.GetTimestamp();
        var limit = Math.Min(request.MaxTokens ?? int.MaxValue, reranker.MaxTokens);
        var pairs = new TokenizedPair[request.Texts.Count];
        for (var i = 0; i < pairs.Length; i++)
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                pairs[i] = reranker.Encoder.Tokenize(new(request.Query, request.Texts[i]), limit, request.Cut);
            }
            catch (ArgumentException e)
            {
                throw new RequestException($"{(request.IsCohere ? "documents" : "texts")}[{i}]", e.Message, e is TextTooLongException ? RequestErrorKind.Exceeds : RequestErrorKind.Invalid);
            }
        }
        metrics.Tokenized(Stopwatch.GetElapsedTime(since));
        var scores = new float[pairs.Length];
        var job = new BatchJob<TokenizedPair>(reranker.Queue.Work, pairs, scores);
        await reranker.Queue.RunAsync(job, ct);
        metrics.Queued(job.Waited ?? TimeSpan.Zero);
        // The order is that of the logits; between 0 and 1 they can be compared between queries and models.
        if (!request.IsRaw)
            for (var i = 0; i < scores.Length; i++)
                scores[i] = 1 / (1 + MathF.Exp(-scores[i]));
        return (scores, pairs.Sum(pair => (long)pair.Ids.Length));
    }
}

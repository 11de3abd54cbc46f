using System.Diagnostics;
using Microsoft.Extensions.Options;
using ReasonIR.Encoder.Batching;
using ReasonIR.Encoder.Metrics;
using ReasonIR.Encoder.Requests;
using ReasonIR.Encoder.Serving;
using ReasonIR.Models;
using ReasonIR.Models.CrossEncoders;

namespace ReasonIR.Encoder.Tei;

/// <summary>A label and its score.</summary>
public sealed record Prediction(float Score, string Label);

/// <summary><c>POST /predict</c>: what a classifier says of texts or pairs of texts.</summary>
static class PredictApi
{
    public static async Task<IResult> PredictAsync(HttpRequest http, ModelServer models, EncoderMetrics metrics, IOptions<ServingOptions> options, CancellationToken ct)
    {
        PredictRequest request;
        using (var body = await RequestBody.ReadAsync(http, ct))
            request = PredictRequest.Read(body, options.Value);
        using var lease = await models.OpenAsync(request.Model, ct);
        var classifier = lease.Pairs;
        classifier.Queue.CheckRoom();
        var since = Stopwatch.GetTimestamp();
        var texts = new TokenizedPair[request.Inputs.Count];
        for (var i = 0; i < texts.Length; i++)
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                texts[i] = request.Inputs[i] is [var only]
                    ? classifier.Encoder.TokenizeText(only, classifier.MaxTokens, request.Cut)
                    : classifier.Encoder.Tokenize(new TextPair(request.Inputs[i][0], request.Inputs[i][1]), classifier.MaxTokens, request.Cut);
            }
            catch (ArgumentException e)
            {
                throw new RequestException(request.IsOne ? "inputs" : $"inputs[{i}]", e.Message, e is TextTooLongException ? RequestErrorKind.Exceeds : RequestErrorKind.Invalid);
            }
        }
        metrics.Tokenized(Stopwatch.GetElapsedTime(since));
        var labels = classifier.Encoder.Labels;
        var scores = new float[texts.Length * labels.Count];
        var job = new BatchJob<TokenizedPair>(classifier.Queue.Work, texts, scores);
        await classifier.Queue.RunAsync(job, ct);
        metrics.Queued(job.Waited ?? TimeSpan.Zero);
        Prediction[][] all = [.. scores.Chunk(labels.Count).Select(row => Rank(request.IsRaw ? row : Probabilities(row), labels))];
        return request.IsOne ? TypedResults.Ok(all[0]) : TypedResults.Ok(all);
    }

    /// <summary>The likeliest label first, as TEI answers.</summary>
    static Prediction[] Rank(float[] row, IReadOnlyList<string> labels) => [.. row.Select((score, label) => new Prediction(score, labels[label])).OrderByDescending(one => one.Score)];

    /// <summary>The sigmoid of a single logit, the softmax of several.</summary>
    static float[] Probabilities(float[] logits)
    {
        if (logits is [var only])
            return [1 / (1 + MathF.Exp(-only))];
        var most = logits.Max();
        var powers = Array.ConvertAll(logits, logit => MathF.Exp(logit - most));
        var sum = powers.Sum();
        return Array.ConvertAll(powers, power => power / sum);
    }
}

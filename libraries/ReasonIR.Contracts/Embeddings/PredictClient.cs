using System.Net.Http.Json;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Contracts.Embeddings;

/// <summary>Calls the Encoder service's <c>/predict</c> in TEI's form: a classifier reads one text at a time.</summary>
/// <param name="http">A client whose base address is the service's.</param>
public sealed class PredictClient(HttpClient http)
{
    /// <summary>The logit of a classifier with one label for each text, in their order; longer texts are cut at the end.</summary>
    /// <exception cref="ServiceException">There is no such model, or it has several labels or none.</exception>
    public async Task<float[]> ScoreAsync(string model, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync("predict", new Request(model, [.. texts.Select(text => new[] { text })], RawScores: true, Truncate: true), ReasonIrJson.Web, cancellationToken);
        var predictions = await ServiceException.ReadAsync<IReadOnlyList<IReadOnlyList<Prediction>>>(response, cancellationToken);
        if (predictions.Count != texts.Count)
            throw new InvalidDataException($"The encoder answered {predictions.Count} predictions for {texts.Count} texts.");
        return [.. predictions.Select(labels => labels is [var only] ? only.Score : throw new ArgumentException($"Model '{model}' has {labels.Count} labels; a score of quality needs one with a single label."))];
    }

    sealed record Request(string Model, IReadOnlyList<string[]> Inputs, [property: System.Text.Json.Serialization.JsonPropertyName("raw_scores")] bool RawScores, bool Truncate);

    sealed record Prediction(string Label, float Score);
}

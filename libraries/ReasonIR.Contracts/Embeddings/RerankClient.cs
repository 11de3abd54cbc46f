using System.Net.Http.Json;
using System.Text.Json.Serialization;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Contracts.Embeddings;

/// <summary>Calls the Encoder service's <c>/rerank</c> in TEI's form.</summary>
/// <param name="http">A client whose base address is the service's.</param>
public sealed class RerankClient(HttpClient http)
{
    /// <summary>A cross-encoder's logits for the texts, in their order; longer pairs are cut at the end.</summary>
    public async Task<float[]> ScoreAsync(string model, string query, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync("rerank", new Request(model, query, texts, true, true), ReasonIrJson.Web, cancellationToken);
        var ranks = await ServiceException.ReadAsync<IReadOnlyList<Rank>>(response, cancellationToken);
        var scores = new float[texts.Count];
        Array.Fill(scores, float.NaN);
        foreach (var rank in ranks)
            scores[rank.Index] = rank.Score;
        return Array.Exists(scores, float.IsNaN) ? throw new InvalidDataException($"The encoder answered {ranks.Count} scores for {texts.Count} texts.") : scores;
    }

    sealed record Request(string Model, string Query, IReadOnlyList<string> Texts, [property: JsonPropertyName("raw_scores")] bool RawScores, bool Truncate);

    sealed record Rank(int Index, float Score);
}

using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Contracts.Embeddings;

/// <summary>OpenAI's <c>POST /v1/embeddings</c>, with the prompt's name beside it as Sentence Transformers know it.</summary>
/// <param name="Model">A registered model.</param>
/// <param name="Input">The texts, at most 2,048.</param>
/// <param name="EncodingFormat"><c>float</c> or <c>base64</c> (little-endian f32).</param>
/// <param name="PromptName">A prompt of the model (<c>query</c>, <c>document</c>); null: none.</param>
public sealed record EmbeddingsRequest(
    string Model,
    IReadOnlyList<string> Input,
    [property: JsonPropertyName("encoding_format")] string EncodingFormat = "float",
    [property: JsonPropertyName("prompt_name")] string? PromptName = null);

/// <summary>Calls the Encoder service.</summary>
/// <param name="http">A client whose base address is the service's.</param>
public sealed class EmbeddingsClient(HttpClient http)
{
    /// <summary>The response header that names the weights.</summary>
    public const string RevisionHeader = "x-model-revision";

    /// <summary>The texts' vectors [texts, dimension], in their order.</summary>
    public async Task<float[][]> EncodeAsync(string model, IReadOnlyList<string> texts, string? promptName, CancellationToken cancellationToken) =>
        (await EncodeNamedAsync(model, texts, promptName, cancellationToken)).Vectors;

    /// <summary>The texts' vectors, and the revision of the model that made them; null where the server does not say.</summary>
    public async Task<(float[][] Vectors, string? Revision)> EncodeNamedAsync(string model, IReadOnlyList<string> texts, string? promptName, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync("v1/embeddings", new EmbeddingsRequest(model, texts, "base64", promptName), ReasonIrJson.Web, cancellationToken);
        var answer = await ServiceException.ReadAsync<Answer>(response, cancellationToken);
        var vectors = new float[texts.Count][];
        foreach (var row in answer.Data)
            vectors[row.Index] = MemoryMarshal.Cast<byte, float>(row.Embedding).ToArray();
        if (vectors.Any(vector => vector is null))
            throw new InvalidDataException($"The encoder answered {answer.Data.Count} vectors for {texts.Count} texts.");
        return (vectors, response.Headers.TryGetValues(RevisionHeader, out var revisions) ? revisions.First() : null);
    }

    sealed record Answer(IReadOnlyList<Row> Data);

    sealed record Row(int Index, byte[] Embedding);
}

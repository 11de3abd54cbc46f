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
/// <param name="Instruction">What the model is told of the texts' task, in the form that it was trained with; null: nothing.</param>
public sealed record EmbeddingsRequest(
    string Model,
    IReadOnlyList<string> Input,
    [property: JsonPropertyName("encoding_format")] string EncodingFormat = "float",
    [property: JsonPropertyName("prompt_name")] string? PromptName = null,
    string? Instruction = null);

/// <summary>Calls the Encoder service.</summary>
/// <param name="http">A client whose base address is the service's.</param>
public sealed class EmbeddingsClient(HttpClient http)
{
    /// <summary>The response header that names the weights.</summary>
    public const string RevisionHeader = "x-model-revision";

    /// <summary>The response header that holds, percent-encoded, what an instruction became: the text before each input.</summary>
    public const string PromptHeader = "x-prompt";

    /// <summary>The texts' vectors [texts, dimension], in their order.</summary>
    public async Task<float[][]> EncodeAsync(string model, IReadOnlyList<string> texts, string? promptName, CancellationToken cancellationToken) =>
        (await EncodeAsync(new EmbeddingsRequest(model, texts, "base64", promptName), cancellationToken)).Vectors;

    /// <summary>The vectors of queries [queries, dimension], in their order, with the model's prompt for queries or with an instruction.</summary>
    /// <exception cref="ServiceException">The model takes no instructions, or the service refuses otherwise.</exception>
    public Task<EncodedQueries> EncodeQueriesAsync(string model, IReadOnlyList<string> queries, string? instruction, CancellationToken cancellationToken) =>
        // With an instruction the model itself decides which prompt that goes into.
        EncodeAsync(new EmbeddingsRequest(model, queries, "base64", instruction is null ? "query" : null, instruction), cancellationToken);

    async Task<EncodedQueries> EncodeAsync(EmbeddingsRequest request, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync("v1/embeddings", request, ReasonIrJson.Web, cancellationToken);
        var answer = await ServiceException.ReadAsync<Answer>(response, cancellationToken);
        var vectors = new float[request.Input.Count][];
        foreach (var row in answer.Data)
            vectors[row.Index] = MemoryMarshal.Cast<byte, float>(row.Embedding).ToArray();
        if (vectors.Any(vector => vector is null))
            throw new InvalidDataException($"The encoder answered {answer.Data.Count} vectors for {request.Input.Count} texts.");
        return new(vectors, Header(RevisionHeader), Header(PromptHeader) is { } prompt ? Uri.UnescapeDataString(prompt) : null);

        string? Header(string name) => response.Headers.TryGetValues(name, out var values) ? values.First() : null;
    }

    sealed record Answer(IReadOnlyList<Row> Data);

    sealed record Row(int Index, byte[] Embedding);
}

/// <summary>Vectors and what made them.</summary>
/// <param name="Vectors">One a text, in their order.</param>
/// <param name="Revision">Of the model; null where the server does not say.</param>
/// <param name="Prompt">What an instruction became: the text before each query; null without one.</param>
public sealed record EncodedQueries(float[][] Vectors, string? Revision, string? Prompt);

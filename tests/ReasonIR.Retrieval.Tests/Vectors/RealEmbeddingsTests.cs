using System.Text.Json;
using ReasonIR.Models;
using ReasonIR.Retrieval.Vectors;
using ReasonIR.Testing;
using ReasonIR.Torch;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Vectors;

/// <summary>What the 8-bit scan loses on embeddings of a real model: the default settings against a full scan of the floats.</summary>
public sealed class RealEmbeddingsTests
{
    /// <summary>Some documents, and their first sentence: what a test can wait for. <c>bench vectors-recall</c> encodes whole collections.</summary>
    const int Documents = 1000, Queries = 100, Characters = 160;

    [Theory]
    [InlineData("scifact")]
    [InlineData("theoremqa")]
    public void Recall_at_10_of_the_default_settings_is_0_999(string collection)
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"needs libtorch: {TorchRuntime.Status}");
        var cancellation = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("reasonir-real-").FullName;
        try
        {
            using var model = ModelFolder.Open(SharedData.Require("models/all-MiniLM-L6-v2"));
            var documents = Texts(SharedData.Require($"data/{collection}/corpus.jsonl")).Take(Documents).ToArray();
            var queries = model.Encode([.. Texts(SharedData.Require($"data/{collection}/queries.jsonl")).Take(Queries)], cancellationToken: cancellation);
            using (var builder = new VectorIndexBuilder(folder, new(384)))
            {
                foreach (var chunk in documents.Chunk(512))
                    foreach (var vector in model.Encode(chunk, cancellationToken: cancellation).Chunk(384))
                        builder.Add($"{builder.Count}", vector);
                builder.Complete();
            }
            using var index = VectorIndex.Open(folder);
            using var exact = VectorIndex.Open(folder, new(Exact: true));

            var recall = exact.SearchBatch(queries, 10, cancellation: cancellation).Zip(index.SearchBatch(queries, 10, cancellation: cancellation))
                .Average(pair => pair.First.Intersect(pair.Second).Count() / 10.0);

            Assert.True(recall >= 0.999, $"recall@10 {recall} over {documents.Length} documents");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static IEnumerable<string> Texts(string path) => File.ReadLines(path).Select(line =>
    {
        using var json = JsonDocument.Parse(line);
        var text = $"{(json.RootElement.TryGetProperty("title", out var title) ? title.GetString() : "")} {json.RootElement.GetProperty("text").GetString()}".Trim();
        return text.Length > Characters ? text[..Characters] : text;
    });
}

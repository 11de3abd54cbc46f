using System.Text.Json;
using ReasonIR.Models;
using ReasonIR.Models.Safetensors;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>Vectors of real texts by a real model (a case = a text).</summary>
public sealed class EmbeddingsKind : IGoldenKind
{
    public string Kind => "embeddings";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        using var encoder = ModelFolder.Open(manifest.PathOf("model"));
        using var expected = SafetensorsFile.Open(manifest.PathOf("expected"));
        var info = expected.Tensors.Values.Single();
        var limit = manifest.Property("max_seq_length").GetInt32();
        var texts = File.ReadLines(manifest.PathOf("texts")).Where(line => line.Length > 0).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            return (Text: json.RootElement.GetProperty("text").GetString()!, Tokens: json.RootElement.GetProperty("tokens").GetInt32());
        }).ToList();
        var vectors = encoder.Encode([.. texts.Select(t => t.Text)], new EncodeOptions(MaxTokens: limit), cancellation);
        var reference = expected.ReadFloats(info.Name);
        var width = (int)info.Shape[1];
        var tally = new GoldenTally(manifest, manifest.WrittenPath("expected"), manifest.ToleranceElement());
        for (var i = 0; i < texts.Count; i++)
            tally.Case($"text {i}", () =>
            {
                tally.Equal("tokens", texts[i].Tokens, Math.Min(limit, encoder.CountTokens(texts[i].Text)));
                tally.Equal("dimension", width, encoder.Dimension);
                tally.Near("vector", reference.AsSpan(i * width, width), vectors.AsSpan(i * width, width), manifest.Absolute("vectors"));
            });
        yield return tally.Group();
    }
}

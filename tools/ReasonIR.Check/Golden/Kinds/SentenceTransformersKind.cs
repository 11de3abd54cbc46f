using System.Text.Json;
using ReasonIR.Models;
using ReasonIR.Models.Safetensors;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>A sentence-transformers folder as it is served: its texts, under each prompt of <c>cases</c>, against the reference's vectors.</summary>
public sealed class SentenceTransformersKind : IGoldenKind
{
    public string Kind => "sentence-transformers";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        using var encoder = ModelFolder.Open(manifest.PathOf("model"));
        using var expected = SafetensorsFile.Open(manifest.PathOf("expected"));
        var file = GoldenManifest.ReadJson(manifest.PathOf("cases"));
        string[] texts = [.. file.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];
        var within = new Tolerance(manifest.ToleranceElement("vectors").GetDouble(), 0);
        var tally = new GoldenTally(manifest, manifest.WrittenPath("cases"), manifest.ToleranceElement("vectors"));
        foreach (var item in file.GetProperty("cases").EnumerateArray())
        {
            cancellation.ThrowIfCancellationRequested();
            var tensor = item.GetProperty("tensor").GetString()!;
            var options = new EncodeOptions(Text(item, "prompt"), Text(item, "prompt_name"));
            var reference = expected.ReadFloats(expected.Get(tensor, texts.Length, encoder.Dimension).Name);
            float[]? vectors = null;
            for (var i = 0; i < texts.Length; i++)
                tally.Case($"{tensor}[{i}]", () =>
                {
                    vectors ??= encoder.Encode(texts, options, cancellation);
                    for (var d = 0; d < encoder.Dimension; d++)
                        tally.Near($"element {d}", reference[i * encoder.Dimension + d], vectors[i * encoder.Dimension + d], within);
                });
        }
        yield return tally.Group();
    }

    static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

using System.Text.Json;
using ReasonIR.Models.CrossEncoders;
using ReasonIR.Models.Safetensors;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>A cross-encoder over its pairs: token ids, then logits and, where the reference has them, their sigmoid (a case = a pair).</summary>
public sealed class CrossEncoderKind : IGoldenKind
{
    public string Kind => "cross-encoder";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        using var model = CrossEncoder.Open(manifest.PathOf("model"));
        using var expected = SafetensorsFile.Open(manifest.PathOf("expected"));
        var cases = GoldenManifest.ReadJson(manifest.PathOf("cases"));
        var pairs = cases.GetProperty("pairs").EnumerateArray().Select(p => new TextPair(p[0].GetString()!, p[1].GetString()!)).ToList();
        if (cases.TryGetProperty("truncation", out var truncation) && truncation.GetString() != "longest_first")
            throw new NotSupportedException($"truncation \"{truncation.GetString()}\" is not known here; longest_first is");
        var limit = cases.TryGetProperty("max_length", out var length) ? length.GetInt32() : (int?)null;
        yield return Tokens(manifest, cases, model, pairs, limit);

        var within = manifest.Absolute("logits");
        var tally = new GoldenTally(manifest, manifest.WrittenPath("expected"), manifest.ToleranceElement());
        var logits = model.Logits(pairs, limit, cancellation);
        var compared = new List<string> { "logits" };
        Compare("logits", logits);
        if (expected.Tensors.ContainsKey("sigmoid"))
        {
            compared.Add("sigmoid");
            Compare("sigmoid", Array.ConvertAll(logits, x => 1 / (1 + MathF.Exp(-x))));
        }
        if (expected.Tensors.ContainsKey("scores"))
        {
            compared.Add("scores");
            Compare("scores", model.Score(pairs, limit, cancellation));
        }
        tally.Case("tensors", () => tally.EqualSequences("compared", [.. expected.Tensors.Keys.Order(StringComparer.Ordinal)], [.. compared.Order(StringComparer.Ordinal)]));
        yield return tally.Group();

        void Compare(string name, float[] actual)
        {
            var width = model.Labels.Count;
            var reference = expected.ReadFloats(expected.Get(name, pairs.Count, width).Name);
            for (var i = 0; i < pairs.Count; i++)
                tally.Case($"{name}[{i}]", () => tally.Near(name, reference.AsSpan(i * width, width), actual.AsSpan(i * width, width), within));
        }
    }

    static GoldenGroup Tokens(GoldenManifest manifest, JsonElement cases, CrossEncoder model, List<TextPair> pairs, int? limit)
    {
        var tally = new GoldenTally(manifest, manifest.WrittenPath("cases"), JsonSerializer.SerializeToElement("equal"));
        if (cases.TryGetProperty("labels", out var labels))
            tally.Case("labels", () => tally.Equal("count", labels.GetInt32(), model.Labels.Count));
        foreach (var (index, ids) in cases.GetProperty("ids").EnumerateArray().Index())
            tally.Case($"pair {index}", () => tally.EqualSequences("ids", ids.EnumerateArray().Select(id => id.GetInt32()).ToArray(), model.Tokenize(pairs[index], limit).Ids));
        return tally.Group();
    }
}

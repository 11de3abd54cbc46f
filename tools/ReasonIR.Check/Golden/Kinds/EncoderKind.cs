using System.Runtime.InteropServices;
using System.Text.Json;
using ReasonIR.Models.Bert;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using ReasonIR.Tokenizers;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>Hidden states of single inputs, pooled vectors of all as one batch, and a pair with token types (a case = a tensor).</summary>
public sealed class EncoderKind : IGoldenKind
{
    static readonly (string Name, PoolingMode Mode)[] Poolings =
    [
        ("mean", PoolingMode.Mean), ("cls", PoolingMode.Cls), ("last", PoolingMode.LastToken), ("weighted_mean", PoolingMode.WeightedMean), ("max", PoolingMode.Max),
    ];

    public string Kind => "encoder";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        TorchRuntime.Status.Require();
        var folder = manifest.PathOf("model");
        var cases = GoldenManifest.ReadJson(manifest.PathOf("cases"));
        using var expected = SafetensorsFile.Open(manifest.PathOf("expected"));
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var model = Architectures.Load(folder);

        var inputs = cases.GetProperty("inputs").EnumerateArray().Select(i => Ints(i.GetProperty("ids"))).ToList();
        var tally = new GoldenTally(manifest, manifest.WrittenPath("expected"), manifest.ToleranceElement());
        var (hidden, pooled) = (manifest.Absolute("hidden"), manifest.Absolute("pooled"));
        var compared = new HashSet<string>(StringComparer.Ordinal);
        foreach (var attention in cases.GetProperty("attentions").EnumerateArray().Select(a => a.GetString()!))
        {
            cancellation.ThrowIfCancellationRequested();
            model.Bidirectional = IsBidirectional(attention);
            for (var i = 0; i < inputs.Count; i++)
                Compare($"{attention}.hidden.{i}", hidden, () => model.call(PackedBatch.From([inputs[i]])));
            var batch = PackedBatch.From(inputs);
            var states = model.call(batch);
            foreach (var (name, pooling) in Poolings.Where(p => expected.Tensors.ContainsKey($"{attention}.pooled.{p.Name}")))
                Compare($"{attention}.pooled.{name}", pooled, () => torch.nn.functional.normalize(SequencePooling.Pool(states, batch, pooling)));
        }
        if (cases.TryGetProperty("pair", out var pair))
        {
            var batch = PackedBatch.From([Ints(pair.GetProperty("ids"))], [Ints(pair.GetProperty("type_ids"))]);
            var states = model.call(batch);
            Compare("pair.hidden", hidden, () => states);
            if (model is BertModel bert)
                Compare("pair.pooler_output", hidden, () => bert.PoolerOutput(states, batch));
        }
        tally.Case("tensors", () => tally.EqualSequences("compared", [.. expected.Tensors.Keys.Order(StringComparer.Ordinal)], [.. compared.Order(StringComparer.Ordinal)]));
        yield return tally.Group();
        if (Tokens(manifest, cases, folder) is { } tokens)
            yield return tokens;

        void Compare(string name, Tolerance within, Func<torch.Tensor> compute) => tally.Case(name, () =>
        {
            compared.Add(name);
            tally.Near(name, expected.ReadFloats(name), MemoryMarshal.Cast<byte, float>(compute().contiguous().bytes), within);
        });
    }

    /// <summary>The inputs that have a text tokenize to their ids.</summary>
    static GoldenGroup? Tokens(GoldenManifest manifest, JsonElement cases, string folder)
    {
        var path = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(path))
            return null;
        var tokenizer = Tokenizer.Load(path).With(null);
        var tally = new GoldenTally(manifest, manifest.WrittenPath("cases"), JsonSerializer.SerializeToElement("equal"));
        foreach (var (index, input) in cases.GetProperty("inputs").EnumerateArray().Index())
            if (input.TryGetProperty("text", out var text))
                tally.Case($"input {index}", () => tally.EqualSequences("ids", Ints(input.GetProperty("ids")), tokenizer.EncodeIds(text.GetString()!)));
        return tally.Group() is { Cases: > 0 } group ? group : null;
    }

    /// <summary>What a kind of attention in <c>cases.json</c> is called; an encoder refuses to be causal by itself.</summary>
    internal static bool IsBidirectional(string attention) => attention switch
    {
        "bidirectional" => true,
        "causal" => false,
        _ => throw new FormatException($"attention \"{attention}\" is not known here; causal and bidirectional are"),
    };

    internal static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];
}

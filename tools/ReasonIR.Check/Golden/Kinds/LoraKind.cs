using System.Runtime.InteropServices;
using System.Text.Json;
using ReasonIR.Models.Lora;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// A PEFT adapter over a base model: hidden states with the adapter beside the weights and after merging, and merged weights (a case = a
/// tensor, by its name <c>adapter|merged.causal|bidirectional.hidden.INPUT</c> or <c>merged.weight.NAME</c>).
/// </summary>
public sealed class LoraKind : IGoldenKind
{
    public string Kind => "lora";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        TorchRuntime.Status.Require();
        var cases = GoldenManifest.ReadJson(manifest.PathOf("cases"));
        var inputs = cases.GetProperty("inputs").EnumerateArray().Select(i => EncoderKind.Ints(i.GetProperty("ids"))).ToList();
        using var expected = SafetensorsFile.Open(manifest.PathOf("expected"));
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var model = Architectures.Load(manifest.PathOf("base"), new(Adapter: manifest.PathOf("adapter")));
        var tally = new GoldenTally(manifest, manifest.WrittenPath("expected"), manifest.ToleranceElement());
        if (cases.TryGetProperty("scale", out var scale))
            tally.Case("scale", () =>
            {
                foreach (var (name, module) in model.LinearModules())
                    if (module.Adapter is { } adapter)
                        tally.Near(name, scale.GetDouble(), adapter.Scale, new(0, 1e-12));
            });
        // Beside the weights first: merging is for good.
        foreach (var name in expected.Tensors.Keys.OrderBy(n => n.StartsWith("merged.", StringComparison.Ordinal)).ThenBy(n => n, StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            tally.Case(name, () => Compare(manifest, tally, model, inputs, expected, name));
        }
        yield return tally.Group();
    }

    static void Compare(GoldenManifest manifest, GoldenTally tally, TransformerModel model, List<int[]> inputs, SafetensorsFile expected, string name)
    {
        using var scope = torch.NewDisposeScope();
        var parts = name.Split('.');
        if (parts[0] == "merged")
            LoraAdapter.Merge(model);
        else if (parts[0] != "adapter")
            throw new FormatException($"tensor \"{name}\" is not known here");
        torch.Tensor actual;
        if (parts is ["merged", "weight", ..])
        {
            var weight = name["merged.weight.".Length..];
            actual = model.named_parameters().FirstOrDefault(p => p.name == weight).parameter ?? throw new FormatException($"the model has no parameter \"{weight}\"");
            tally.Near(name, expected.ReadFloats(name), MemoryMarshal.Cast<byte, float>(actual.bytes), manifest.Absolute("weights"));
            return;
        }
        if (parts is not [_, var attention, "hidden", var index] || !int.TryParse(index, out var input) || input >= inputs.Count)
            throw new FormatException($"tensor \"{name}\" is not known here");
        model.Bidirectional = EncoderKind.IsBidirectional(attention);
        actual = model.call(PackedBatch.From([inputs[input]]));
        tally.Near(name, expected.ReadFloats(name), MemoryMarshal.Cast<byte, float>(actual.contiguous().bytes), manifest.Absolute("hidden"));
    }
}

using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using ReasonIR.Training.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>Values, rows and gradients of contrastive losses (a case = a loss).</summary>
public sealed class LossesKind : IGoldenKind
{
    public string Kind => "losses";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        TorchRuntime.Status.Require();
        var path = manifest.WrittenPath("losses");
        using var tensors = SafetensorsFile.Open(Path.ChangeExtension(manifest.Require(path), ".safetensors"));
        var tally = new GoldenTally(manifest, path, manifest.ToleranceElement());
        var toLoss = manifest.ToleranceElement("loss").GetProperty("relative_to_1_plus_loss").GetDouble();
        var gradients = manifest.ToleranceElement("gradients");
        var (toMax, absolute) = (gradients.GetProperty("relative_to_max").GetDouble(), gradients.GetProperty("absolute").GetDouble());
        foreach (var example in GoldenManifest.ReadJson(manifest.Require(path)).GetProperty("cases").EnumerateArray())
        {
            cancellation.ThrowIfCancellationRequested();
            var name = example.GetProperty("name").GetString()!;
            tally.Case(name, () =>
            {
                using var scope = NewDisposeScope();
                var q = TorchTensors.Read(tensors, $"{name}/q").requires_grad_();
                var p = TorchTensors.Read(tensors, $"{name}/p").requires_grad_();
                var loss = new LossCase(example, tensors, name).Compute(q, p, out var rows);
                var expected = example.GetProperty("loss").GetDouble();
                tally.Near("loss", expected, loss.item<float>(), new(toLoss * (1 + Math.Abs(expected)), 0));
                if (rows is not null && tensors.Tensors.ContainsKey($"{name}/per_query"))
                {
                    var (reference, ours) = (tensors.ReadFloats($"{name}/per_query"), rows.data<float>().ToArray());
                    for (var i = 0; i < reference.Length; i++)
                        tally.Near($"row {i}", reference[i], ours[i], new(toLoss * (1 + reference[i]), 0));
                }
                loss.backward();
                // Gradients of 1e12 are compared by their size: the error shown is that of the loss.
                var within = new Tolerance(toMax * example.GetProperty("grad_max_abs").GetDouble() + absolute, 0);
                foreach (var (letter, input) in new[] { ("q", q), ("p", p) })
                {
                    var (reference, ours) = (tensors.ReadFloats($"{name}/grad_{letter}"), input.grad!.data<float>().ToArray());
                    for (var i = 0; i < reference.Length; i++)
                        if (!within.Allows(reference[i], ours[i]))
                            tally.Fail($"gradient of {letter}[{i}]: expected {reference[i]:R}, found {ours[i]:R}");
                }
            });
        }
        yield return tally.Group();
        if (manifest.Root.TryGetProperty("gradcache", out _))
            yield return GradCacheFile.Check(manifest);
        if (manifest.Root.TryGetProperty("cross_device", out _))
            yield return CrossDeviceFile.Check(manifest, cancellation);
    }
}

using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Contracts.Trainer;
using ReasonIR.Models.Lora;
using ReasonIR.Models.Transformers;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Trainer.Estimating;

/// <summary>A batch, in tokens.</summary>
/// <param name="Queries">Queries.</param>
/// <param name="Passages">Passages.</param>
/// <param name="PerQuery">Mean tokens of a query.</param>
/// <param name="PerPassage">Mean tokens of a passage.</param>
public sealed record BatchShape(int Queries, double Passages, double PerQuery, double PerPassage)
{
    /// <summary>Tokens of the whole batch.</summary>
    public double Tokens => Queries * PerQuery + Passages * PerPassage;

    /// <summary>The largest of some batches.</summary>
    public static BatchShape Of(IReadOnlyList<ContrastiveBatch> batches)
    {
        var largest = batches.MaxBy(batch => batch.Passages.Sum(text => (long)text.Ids.Length))!;
        return new(largest.Queries.Count, largest.Passages.Count, largest.Queries.Average(text => text.Ids.Length), largest.Passages.Average(text => text.Ids.Length));
    }

    /// <summary>Of which activations are held at a time.</summary>
    /// <param name="scale">Chunks, parts and workers.</param>
    public double InFlight(ScaleSection scale)
    {
        var worker = Tokens / (scale.Workers ?? 1);
        if (scale.Accumulation is { } parts)
            return worker / parts;
        // A chunk holds queries or passages; the passages' is the larger one.
        var chunk = Math.Min(scale.GradCache?.Texts * Math.Max(PerQuery, PerPassage) ?? double.PositiveInfinity, scale.GradCache?.Tokens ?? double.PositiveInfinity);
        return Math.Min(worker, chunk);
    }
}

/// <summary>
/// Where the memory of a training step goes, from the model's sizes: weights, gradients, moments, and the activations that the layers keep
/// for the backward pass. The factors are those of the implementation, checked against its own count of bytes by a test.
/// </summary>
public static class MemoryEstimate
{
    /// <summary>The runtime, libtorch and buffers of a process.</summary>
    const long Process = 500L << 20;

    /// <param name="trainable">Numbers that are trained.</param>
    public static IReadOnlyList<MemoryPart> Of(ModelShape shape, long trainable, ScaleSection scale, BatchShape batch)
    {
        var (compute, stored) = scale.Precision switch { "bf16" => (2, 4), "pureBf16" => (2, 2), _ => (4, 4) };
        var workers = scale.Workers ?? 1;
        var each = workers > 1 ? $", {workers} workers" : "";
        var perToken = PerToken(shape, HeldLayers(shape, scale), scale.Checkpointing ?? false) * compute;
        var flight = batch.InFlight(scale);
        var vectors = (long)((batch.Queries + batch.Passages) * shape.Hidden * 4 * 3 + 4.0 * batch.Queries * batch.Passages * 4);
        return
        [
            new("weights", shape.Parameters * stored * workers, $"{shape.Parameters:N0} parameters of {stored} bytes{each}"),
            new("gradients", trainable * (stored == 2 ? 6 : 4) * workers, $"{trainable:N0} trained of {(stored == 2 ? "2 bytes and 4 in f32" : "4 bytes")}{each}"),
            new("optimizer", trainable * (stored == 2 ? 12 : 8) * workers, $"two moments of 4 bytes each{(stored == 2 ? " and a copy of the weights in f32" : "")}{each}"),
            new("activations", (long)(flight * perToken) * workers, $"{flight:N0} tokens at a time of {perToken:N0} bytes{(scale.Checkpointing == true ? ", recomputed layer by layer" : "")}{each}"),
            new("vectors and scores", vectors * workers, $"{batch.Queries:N0} queries and {batch.Passages:N0} passages of {shape.Hidden:N0} dimensions{each}"),
            new("program", Process * workers, $"runtime and libraries{each}"),
        ];
    }

    /// <summary>Numbers that are kept for a token until its gradient is done.</summary>
    static double PerToken(ModelShape shape, int layers, bool checkpointing)
    {
        double hidden = shape.Hidden, wide = shape.Intermediate, queries = (double)shape.Heads * shape.HeadWidth, keys = (double)shape.KeyValueHeads * shape.HeadWidth;
        // Gated decoders: inputs of both norms, normed, residual; queries, keys and values before and after the rotation, attention's output; gate, up and their product.
        var layer = shape.Gated ? 4 * hidden + 3 * queries + 3 * keys + 3 * wide : 8 * hidden + 2 * wide;
        // What the backward pass of one layer holds beside it.
        var working = shape.Gated ? 1.5 * hidden + 2 * wide : 3 * hidden + 2 * wide;
        return (checkpointing ? layers * hidden + Math.Min(layers, 1) * layer : layers * layer) + working;
    }

    /// <summary>Numbers that a recipe trains: those of the weights, or of adapters beside them, that it does not freeze.</summary>
    public static long Trainable(ModelShape shape, ScaleSection scale) => Trained(shape, scale).Sum(parameter => parameter.Count);

    /// <summary>Layers whose activations are kept: those below everything that is trained have no gradient to compute.</summary>
    static int HeldLayers(ModelShape shape, ScaleSection scale)
    {
        var names = Trained(shape, scale).Select(parameter => parameter.Name).ToList();
        if (names.Exists(name => name.StartsWith("embed", StringComparison.Ordinal)))
            return shape.Layers;
        return shape.Layers - names.Select(ParameterChoice.LayerOf).Where(layer => layer >= 0).DefaultIfEmpty(shape.Layers).Min();
    }

    static IEnumerable<(string Name, long Count)> Trained(ModelShape shape, ScaleSection scale)
    {
        var choice = new OptimizerSettings(Freeze: scale.Freeze, FreezeEmbeddings: scale.FreezeEmbeddings ?? false, FreezeLayers: scale.FreezeLayers ?? 0);
        var all = scale.Lora is { } lora ? Adapters(shape, lora) : shape.Tensors.Select(tensor => (tensor.Name, Count: tensor.Sizes.Aggregate(1L, (product, size) => product * size)));
        return all.Where(parameter => !ParameterChoice.IsFrozen(parameter.Name, choice));
    }

    /// <summary>Of a linear map [out, in]: A [rank, in] and B [out, rank].</summary>
    static IEnumerable<(string Name, long Count)> Adapters(ModelShape shape, LoraSection lora)
    {
        const string Weight = ".weight";
        var targets = lora.Targets is { } names ? LoraTargets.Of([.. names]) : LoraTargets.All;
        foreach (var (name, sizes) in shape.Tensors)
            if (sizes is [var to, var from] && name.EndsWith(Weight, StringComparison.Ordinal) && !ParameterChoice.IsTable(name) && targets.Contains(name[..^Weight.Length]))
            {
                yield return ($"{name[..^Weight.Length]}.lora_A{Weight}", lora.Rank * from);
                yield return ($"{name[..^Weight.Length]}.lora_B{Weight}", lora.Rank * to);
            }
    }
}

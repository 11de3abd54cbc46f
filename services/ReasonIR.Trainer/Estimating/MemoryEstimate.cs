using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Contracts.Trainer;
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
        var perToken = PerToken(shape, scale.Checkpointing ?? false) * compute;
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
    static double PerToken(ModelShape shape, bool checkpointing)
    {
        double hidden = shape.Hidden, wide = shape.Intermediate, queries = (double)shape.Heads * shape.HeadWidth, keys = (double)shape.KeyValueHeads * shape.HeadWidth;
        // Gated decoders: inputs of both norms, normed, residual; queries, keys and values before and after the rotation, attention's output; gate, up and their product.
        var layer = shape.Gated ? 4 * hidden + 3 * queries + 3 * keys + 3 * wide : 8 * hidden + 2 * wide;
        // What the backward pass of one layer holds beside it.
        var working = shape.Gated ? 1.5 * hidden + 2 * wide : 3 * hidden + 2 * wide;
        return (checkpointing ? shape.Layers * hidden + layer : shape.Layers * layer) + working;
    }

    /// <summary>Numbers that a recipe trains.</summary>
    public static long Trainable(ModelShape shape, ScaleSection scale)
    {
        if (scale.Lora is { } lora)
            return Adapters(shape, lora);
        var table = (long)shape.Vocabulary * shape.Hidden;
        var layers = Math.Max(0, shape.Parameters - table);
        return (scale.FreezeEmbeddings == true ? 0 : table) + layers * Math.Max(0, shape.Layers - (scale.FreezeLayers ?? 0)) / shape.Layers;
    }

    static long Adapters(ModelShape shape, LoraSection lora)
    {
        long hidden = shape.Hidden, wide = shape.Intermediate, queries = (long)shape.Heads * shape.HeadWidth, keys = (long)shape.KeyValueHeads * shape.HeadWidth;
        var linears = new List<(string Name, long Sizes)>
        {
            ("q_proj query", hidden + queries), ("k_proj key", hidden + keys), ("v_proj value", hidden + keys), ("o_proj dense", queries + hidden), ("up_proj dense", hidden + wide), ("down_proj dense", wide + hidden),
        };
        if (shape.Gated)
            linears.Add(("gate_proj", hidden + wide));
        return shape.Layers * lora.Rank * linears.Where(linear => lora.Targets is null || lora.Targets.Any(target => linear.Name.Split(' ').Contains(target[(target.LastIndexOf('.') + 1)..]))).Sum(linear => linear.Sizes);
    }
}

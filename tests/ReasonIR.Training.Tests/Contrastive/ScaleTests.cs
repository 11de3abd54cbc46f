using ReasonIR.Models.Safetensors;
using ReasonIR.Training.Contrastive;
using Xunit;

namespace ReasonIR.Training.Tests.Contrastive;

/// <summary>Ways of fitting a run into memory, and what of it they may change.</summary>
public sealed class ScaleTests
{
    [Theory]
    [InlineData("bert", 1, null)]
    [InlineData("bert", 5, null)]
    [InlineData("llama", null, 40)]
    [InlineData("llama", 3, 40)]
    public async Task Chunks_make_no_difference_but_in_the_order_of_sums(string type, int? texts, int? tokens)
    {
        using var tiny = new TinyModel(type, dropout: 0);
        var whole = await tiny.Train("whole");
        var chunked = await tiny.Train("chunked", tiny.Spec() with { Scale = new(texts, tokens) });
        foreach (var (a, b) in whole.Steps.Zip(chunked.Steps))
        {
            Assert.Equal(a.Loss, b.Loss, 1e-5);
            Assert.Equal(a.GradientNorm, b.GradientNorm, 1e-4 * a.GradientNorm);
        }
        // The sums were made in another order.
        Assert.NotEqual(tiny.Weights("whole"), tiny.Weights("chunked"));
    }

    [Fact]
    public async Task Accumulation_tells_apart_within_its_parts_alone()
    {
        using var tiny = new TinyModel(dropout: 0);
        var whole = await tiny.Train("whole");
        var parts = await tiny.Train("parts", tiny.Spec() with { Scale = new(AccumulationSteps: 3) });
        Assert.True(parts.Steps[0].Loss < whole.Steps[0].Loss - 0.5, $"{parts.Steps[0].Loss} and {whole.Steps[0].Loss}");
        var single = await tiny.Train("single", tiny.Spec() with { Scale = new(AccumulationSteps: 3, ChunkTexts: 1) });
        Assert.Equal(parts.Steps[0].Loss, single.Steps[0].Loss, 1e-5);
    }

    [Fact]
    public async Task Recomputed_activations_change_nothing()
    {
        using var tiny = new TinyModel("llama");
        var spec = tiny.Spec() with { Scale = new(Checkpointing: true) };
        var (plain, recomputed) = (await tiny.Train("plain"), await tiny.Train("recomputed", spec));
        Assert.Equal(plain.Losses, recomputed.Losses);
        Assert.Equal(tiny.Weights("plain"), tiny.Weights("recomputed"));
    }

    [Theory]
    [InlineData(Precision.Bf16Mixed, TensorType.F32)]
    [InlineData(Precision.Bf16, TensorType.BF16)]
    public async Task Reduced_precision_trains_alike_and_stores_its_own_type(Precision precision, TensorType stored)
    {
        using var tiny = new TinyModel("llama", dropout: 0);
        var full = await tiny.Train("full", tiny.Spec(16));
        var reduced = await tiny.Train("reduced", tiny.Spec(16) with { Scale = new(Precision: precision) });
        Assert.NotEqual(full.Losses, reduced.Losses);
        Assert.Equal(full.Losses.First(), reduced.Losses.First(), 0.05);
        Assert.Equal(full.Steps[^5..].Average(s => s.Loss), reduced.Steps[^5..].Average(s => s.Loss), 0.1);
        using var file = SafetensorsFile.Open(Path.Combine(tiny.At("reduced"), "model.safetensors"));
        Assert.All(file.Tensors.Values, tensor => Assert.Equal(stored, tensor.Type));
    }

    [Fact]
    public async Task Updates_smaller_than_a_rounding_of_bf16_add_up()
    {
        // 60 steps of 2e-5 move a weight of 0.1 by up to 1e-3, each by a 25th of the distance between two numbers of bf16.
        using var tiny = new TinyModel("llama", dropout: 0);
        var spec = tiny.Spec(60) with { LearningRate = 2e-5, Schedule = new("constant"), Warmup = 0, Scale = new(Precision: Precision.Bf16) };
        await tiny.Train("reduced", spec);
        await tiny.Train("full", spec with { Scale = new() });
        var (before, full, reduced) = (Read("base"), Read("full"), Read("reduced"));
        double Correlation(float[] a, float[] b)
        {
            var (x, y) = (a.Zip(before, (v, w) => (double)v - w).ToArray(), b.Zip(before, (v, w) => (double)v - w).ToArray());
            return x.Zip(y, (v, w) => v * w).Sum() / Math.Sqrt(x.Sum(v => v * v) * y.Sum(v => v * v));
        }
        Assert.True(Correlation(full, reduced) > 0.7, $"{Correlation(full, reduced)}");

        float[] Read(string name)
        {
            using var file = SafetensorsFile.Open(Path.Combine(tiny.At(name), "model.safetensors"));
            return file.ReadFloats("layers.0.self_attn.v_proj.weight");
        }
    }

    [Fact]
    public async Task What_is_frozen_stays_as_it_was_and_adapters_leave_the_weights_alone()
    {
        using var tiny = new TinyModel();
        await tiny.Train("frozen", tiny.Spec() with { WeightDecay = 0.1, Optimizer = new(FreezeEmbeddings: true, FreezeLayers: 1, Freeze: ["*LayerNorm*"]) });
        var moved = Changed(tiny, "frozen");
        Assert.All(moved, name => Assert.StartsWith("encoder.layer.1.", name));
        Assert.DoesNotContain(moved, name => name.Contains("LayerNorm"));
        Assert.Contains("encoder.layer.1.output.dense.weight", moved);

        await tiny.Train("adapted", tiny.Spec() with { LearningRate = 1e-2, Lora = new(Rank: 2, Targets: ["query"]) });
        Assert.Equal(["encoder.layer.0.attention.self.query.weight", "encoder.layer.1.attention.self.query.weight"], Changed(tiny, "adapted"));
        Assert.True(File.Exists(Path.Combine(tiny.At("adapted"), "adapter", "adapter_model.safetensors")));
        await Assert.ThrowsAsync<InvalidDataException>(() => tiny.Train("none", tiny.Spec() with { Lora = new(Targets: ["elbow"]) }));
        await Assert.ThrowsAsync<InvalidDataException>(() => tiny.Train("none", tiny.Spec() with { Optimizer = new(Freeze: ["*"]) }));
        Assert.Contains("has 2 layers", (await Assert.ThrowsAsync<InvalidDataException>(() => tiny.Train("none", tiny.Spec() with { Optimizer = new(FreezeLayers: 3) }))).Message);
    }

    [Fact]
    public async Task A_rate_of_its_own_scales_the_first_steps_of_a_parameter()
    {
        // Adam's steps are as long as the rate: after one step a tenth of the rate has moved a tenth as far.
        using var tiny = new TinyModel(dropout: 0);
        var spec = tiny.Spec(1) with { Schedule = new("constant"), Warmup = 0, MaxGradientNorm = 0 };
        await tiny.Train("same", spec);
        await tiny.Train("slower", spec with { Optimizer = new(Rates: [new("encoder.layer.1.output.dense.weight", 0.1)]) });
        Assert.Equal(0.1, Distance("slower", "encoder.layer.1.output.dense.weight") / Distance("same", "encoder.layer.1.output.dense.weight"), 0.001);
        Assert.Equal(Distance("same", "encoder.layer.0.output.dense.weight"), Distance("slower", "encoder.layer.0.output.dense.weight"));

        double Distance(string name, string tensor) => Math.Sqrt(Values(tiny, name, tensor).Zip(Values(tiny, "base", tensor), (a, b) => Math.Pow((double)a - b, 2)).Sum());
    }

    static float[] Values(TinyModel tiny, string name, string tensor)
    {
        using var file = SafetensorsFile.Open(Path.Combine(tiny.At(name), "model.safetensors"));
        return file.ReadFloats(tensor);
    }

    static List<string> Changed(TinyModel tiny, string name)
    {
        using var file = SafetensorsFile.Open(Path.Combine(tiny.At(name), "model.safetensors"));
        return [.. file.Tensors.Keys.Where(t => !Values(tiny, name, t).SequenceEqual(Values(tiny, "base", t))).Order(StringComparer.Ordinal)];
    }
}

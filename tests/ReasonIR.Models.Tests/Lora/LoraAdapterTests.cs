using ReasonIR.Models.Decoders;
using ReasonIR.Models.Lora;
using ReasonIR.Models.Tests.Decoders;
using ReasonIR.Models.Tests.Transformers;
using ReasonIR.Models.Transformers;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.Lora;

/// <summary>What an adapter computes, trained, stored and merged.</summary>
public sealed class LoraAdapterTests : IDisposable
{
    static DecoderConfig Base => TinyAdapter.Base;

    static LoraConfig Settings => TinyAdapter.Settings;

    readonly string parent = Directory.CreateTempSubdirectory("reasonir-lora-").FullName;

    public void Dispose() => Directory.Delete(parent, recursive: true);

    string Adapter => Path.Combine(parent, "adapter");

    [Fact]
    public void A_new_adapter_changes_nothing_and_only_it_is_trained()
    {
        using var scope = torch.NewDisposeScope();
        using var model = TinyDecoder.Model(Base);
        var ids = TinyDecoder.Sequences(1, 20)[0];
        var before = States(model, ids);
        LoraAdapter.Create(model, Settings, 3);
        Assert.Equal(before, States(model, ids));
        Assert.All(model.named_parameters(), p => Assert.Equal(LoraPair.IsName(p.name), p.parameter.requires_grad));
        Assert.Equal(2 * 4 * Base.Layers, model.parameters().Count(p => p.requires_grad));
        var a = model.named_parameters().First(p => p.name == "layers.0.self_attn.q_proj.lora_A.weight").parameter.data<float>().ToArray();
        Assert.All(a, x => Assert.InRange(Math.Abs(x), 0, 1 / Math.Sqrt(32)));
        Assert.InRange(Math.Sqrt(a.Average(x => (double)x * x)), 0.85 / Math.Sqrt(96), 1.15 / Math.Sqrt(96));
        // Gradients reach the adapter through frozen weights; A's is 0 while B is.
        model.train();
        (model.call(PackedBatch.From([ids])).pow(2) * torch.arange(32, torch.float32)).sum().backward();
        Assert.All(model.named_parameters(), p => Assert.Equal(p.name.EndsWith("lora_B.weight", StringComparison.Ordinal),
            p.parameter.grad is { } gradient && gradient.data<float>().ToArray().Any(g => g != 0)));
    }

    [Theory]
    [InlineData(false, 0.0)]
    [InlineData(true, 0.3)]
    public void An_adapter_goes_through_its_folder_and_merged_gives_the_same(bool stabilized, double dropout)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var settings = Settings with
        {
            RankStabilized = stabilized, Dropout = dropout, RankPattern = [KeyValuePair.Create("down_proj", 2.0)], AlphaPattern = [KeyValuePair.Create("v_proj", 9.0)],
        };
        var ids = TinyDecoder.Sequences(1, 30)[0];
        using var model = Trained(settings);
        var expected = States(model, ids);
        LoraAdapter.Save(model, settings, Adapter);
        using var read = TinyDecoder.Model(Base);
        var plain = States(read, ids);
        var back = LoraAdapter.Load(read, Adapter);
        Assert.Equal(settings.ScaleOf("x.v_proj"), back.ScaleOf("x.v_proj"));
        Assert.Equal(expected, States(read, ids));
        Assert.True(Distance(plain, expected) > 0.01);
        var weight = read.named_parameters().First(p => p.name == "layers.1.mlp.down_proj.weight").parameter;
        var kept = weight.data<float>().ToArray();
        LoraAdapter.Merge(read);
        Assert.NotEqual(kept, weight.data<float>().ToArray());
        Assert.True(Distance(expected, States(read, ids)) < 2e-5);
        // A second merge adds nothing, and what is written has the base's names alone.
        LoraAdapter.Merge(read);
        Assert.True(Distance(expected, States(read, ids)) < 2e-5);
        Assert.DoesNotContain(read.ToWrite(), t => t.Name.Contains("lora", StringComparison.Ordinal));
    }

    static DecoderModel Trained(LoraConfig settings) => TinyAdapter.Trained(settings);

    static float[] States(DecoderModel model, int[] ids)
    {
        using var mode = torch.no_grad();
        return DecoderPropertyTests.States(model, ids);
    }

    static float Distance(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
}

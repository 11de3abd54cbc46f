using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.Encoders;

/// <summary>What holds for every family of encoders.</summary>
public sealed class FamilyTests
{
    public static TheoryData<string> Types => [.. TinyEncoder.Types];

    [Theory]
    [MemberData(nameof(Types))]
    public void Neither_the_company_nor_its_order_changes_a_sequence(string type)
    {
        using var tiny = new TinyEncoder(type);
        using var model = Architectures.Load(tiny.Folder);
        var random = new Random(5);
        var sequences = Enumerable.Range(0, 12).Select(i => Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(4, 64)).ToArray()).ToList();
        var alone = sequences.Select(s => TinyEncoder.Hidden(model, [s])).ToList();
        for (var round = 0; round < 4; round++)
        {
            var order = Enumerable.Range(0, sequences.Count).OrderBy(_ => random.Next()).Take(random.Next(2, sequences.Count + 1)).ToList();
            var together = TinyEncoder.Hidden(model, [.. order.Select(i => sequences[i])]);
            var at = 0;
            foreach (var i in order)
                foreach (var value in alone[i])
                    Assert.Equal(value, together[at++], 1e-5);
            Assert.Equal(together.Length, at);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Half_precision_weights_and_computing_stay_near_f32(string type)
    {
        using var tiny = new TinyEncoder(type);
        int[][] sequences = [[.. Enumerable.Range(4, 30)], [9, 8, 7], [5]];
        var exact = tiny.Hidden(sequences);
        // The same weights, rounded, in f32; then computing in bf16 with weights of f32 and of bf16.
        foreach (var options in new[] { new ModelOptions(Compute: torch.ScalarType.BFloat16), new ModelOptions(torch.ScalarType.BFloat16, torch.ScalarType.BFloat16) })
            Assert.InRange(Cosine(exact, tiny.Hidden(sequences, options)), 0.995, 1);
        Assert.Equal(exact, tiny.Hidden(sequences));
        foreach (var stored in new[] { TensorType.BF16, TensorType.F16 })
        {
            using (var model = Architectures.Load(tiny.Folder))
                tiny.SaveWeights([.. model.named_parameters().Select(p => TensorToWrite.Floats(p.name, p.parameter.data<float>().ToArray(), p.parameter.shape, stored))]);
            var rounded = tiny.Hidden(sequences);
            Assert.InRange(Cosine(exact, rounded), 0.9999 - (stored == TensorType.BF16 ? 0.003 : 0), 1);
            Assert.NotEqual(exact, rounded);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Checkpointing_changes_no_gradient(string type)
    {
        using var tiny = new TinyEncoder(type);
        var gradients = new[] { false, true }.Select(checkpointing =>
        {
            // Dropout off: the masks of two runs are not the same draw.
            tiny.Change(("hidden_dropout_prob", "0"), ("attention_probs_dropout_prob", "0"), ("dropout", "0"), ("attention_dropout", "0"));
            using var model = Architectures.Load(tiny.Folder, new ModelOptions(Checkpointing: checkpointing));
            model.train();
            using var scope = torch.NewDisposeScope();
            (model.call(PackedBatch.From([[5, 6, 7, 8], [9, 10]])) * 0.5).tanh().sum().backward();
            return model.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad?.data<float>().ToArray());
        }).ToList();
        Assert.Equal(gradients[0].Keys, gradients[1].Keys);
        foreach (var (name, gradient) in gradients[0])
        {
            Assert.Equal(gradient is null, gradients[1][name] is null);
            for (var i = 0; i < gradient?.Length; i++)
                Assert.Equal(gradient[i], gradients[1][name]![i], 1e-5);
        }
        Assert.Contains(gradients[0], g => g.Value?.Any(x => Math.Abs(x) > 1e-3) == true);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_size_that_the_weights_do_not_have_is_named_before_memory_is_asked(string type)
    {
        using var tiny = new TinyEncoder(type);
        var (hidden, layers, wide) = type == "distilbert" ? ("dim", "n_layers", "hidden_dim") : ("hidden_size", "num_hidden_layers", "intermediate_size");
        foreach (var field in new[] { hidden, layers, wide, "vocab_size" }.Concat(type == "modernbert" ? [] : ["max_position_embeddings"]))
        {
            tiny.Change((field, "4000000"));
            Assert.Throws<InvalidDataException>(() => Architectures.Load(tiny.Folder));
            tiny.Change((field, "2000000000000"));
            Assert.Contains(field, Assert.Throws<InvalidDataException>(() => Architectures.Load(tiny.Folder)).Message);
        }
    }

    static double Cosine(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(x => (double)x * x));
}

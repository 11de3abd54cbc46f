using ReasonIR.Models.Decoders;
using ReasonIR.Models.Transformers;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.Decoders;

/// <summary>What must hold of every family, whatever its weights are.</summary>
public sealed class DecoderPropertyTests
{
    public static TheoryData<string> Families => TinyDecoder.Families;

    [Theory, MemberData(nameof(Families))]
    public void A_vector_does_not_depend_on_its_batch(string family)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var model = TinyDecoder.Model(TinyDecoder.Config(family));
        var sequences = TinyDecoder.Sequences(3, 1, 33, 7, 64, 2, 128, 19);
        foreach (var bidirectional in new[] { false, true })
        {
            model.Bidirectional = bidirectional;
            var together = Vectors(model, sequences);
            int[] order = [4, 0, 6, 2, 5, 1, 3];
            var shuffled = Vectors(model, [.. order.Select(i => sequences[i])]);
            var halves = (float[][])[.. Vectors(model, sequences[..3]), .. Vectors(model, sequences[3..])];
            for (var i = 0; i < sequences.Length; i++)
            {
                var alone = Vectors(model, [sequences[i]])[0];
                Near(alone, together[i]);
                Near(alone, shuffled[Array.IndexOf(order, i)]);
                Near(alone, halves[i]);
            }
        }
    }

    [Theory, MemberData(nameof(Families))]
    public void Causal_states_do_not_see_what_follows_and_bidirectional_ones_do(string family)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var model = TinyDecoder.Model(TinyDecoder.Config(family));
        var text = TinyDecoder.Sequences(4, 40)[0];
        var other = (int[])[.. text[..30], .. TinyDecoder.Sequences(5, 10)[0]];
        float[] Start(int[] ids) => States(model, ids)[..(30 * model.HiddenSize)];
        Near(Start(text), Start(other));
        model.Bidirectional = true;
        Assert.True(Distance(Start(text), Start(other)) > 1e-3);
    }

    [Theory, MemberData(nameof(Families))]
    public void A_window_hides_what_is_farther_back(string family)
    {
        var config = TinyDecoder.Config(family);
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var model = TinyDecoder.Model(config);
        var text = TinyDecoder.Sequences(6, 60)[0];
        var other = (int[])[.. TinyDecoder.Sequences(7, 1)[0], .. text[1..]];
        // Through all layers information travels the sum of what the windows reach back.
        var reach = config.Windows.Any(w => w is null) ? text.Length : config.Windows.Sum(w => w!.Value - 1);
        var (first, second) = (States(model, text), States(model, other));
        for (var token = 1; token < text.Length; token++)
        {
            var row = (token * config.HiddenSize)..((token + 1) * config.HiddenSize);
            if (token > reach)
                Near(first[row], second[row]);
            else if (token <= config.Windows.Min(w => w ?? int.MaxValue) - 1)
                Assert.True(Distance(first[row], second[row]) > 1e-6, $"token {token}");
        }
    }

    [Theory, MemberData(nameof(Families))]
    public void Brain_floats_are_close_whatever_the_weights_are_stored_in(string family)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var sequences = TinyDecoder.Sequences(8, 12, 90, 40);
        float[][] Run(ModelOptions options)
        {
            using var model = TinyDecoder.Model(TinyDecoder.Config(family), options: options);
            return Vectors(model, sequences);
        }
        var exact = Run(new());
        foreach (var stored in new[] { torch.ScalarType.Float32, torch.ScalarType.BFloat16 })
        {
            var rounded = Run(new(torch.ScalarType.BFloat16, stored));
            for (var i = 0; i < sequences.Length; i++)
                Assert.InRange(exact[i].Zip(rounded[i], (a, b) => a * b).Sum(), 0.995, 1.0001);
        }
    }

    [Theory, MemberData(nameof(Families))]
    public void Checkpointing_changes_no_gradient(string family)
    {
        using var scope = torch.NewDisposeScope();
        var sequences = TinyDecoder.Sequences(9, 5, 21, 13);
        Dictionary<string, float[]> Gradients(bool checkpointing)
        {
            using var model = TinyDecoder.Model(TinyDecoder.Config(family) with { AttentionDropout = 0.2 }, options: new(Checkpointing: checkpointing));
            model.train();
            torch.manual_seed(11);
            using var sentence = new SentenceModel(model);
            var vectors = sentence.Encode(PackedBatch.From(sequences));
            (vectors * torch.arange(vectors.numel(), torch.float32).view(vectors.shape)).sum().backward();
            return model.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!.data<float>().ToArray());
        }
        var (plain, again) = (Gradients(false), Gradients(true));
        foreach (var (name, gradient) in plain)
        {
            Assert.Contains(gradient, g => g != 0);
            Near(gradient, again[name], 1e-5f * Math.Max(1, gradient.Max(Math.Abs)));
        }
    }

    internal static float[][] Vectors(DecoderModel model, int[][] sequences)
    {
        using var scope = torch.NewDisposeScope();
        var batch = PackedBatch.From(sequences);
        var vectors = torch.nn.functional.normalize(SequencePooling.Pool(model.call(batch).to(torch.ScalarType.Float32), batch, PoolingMode.Mean));
        return [.. vectors.data<float>().ToArray().Chunk(model.HiddenSize)];
    }

    internal static float[] States(DecoderModel model, int[] ids)
    {
        using var scope = torch.NewDisposeScope();
        return model.call(PackedBatch.From([ids])).data<float>().ToArray();
    }

    static float Distance(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    static void Near(float[] expected, float[] actual, float within = 1e-5f)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.True(Distance(expected, actual) <= within, $"differ by {Distance(expected, actual)}");
    }
}

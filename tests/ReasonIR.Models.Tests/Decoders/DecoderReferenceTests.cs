using ReasonIR.Models.Decoders;
using ReasonIR.Models.Transformers;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.Decoders;

/// <summary>Every family against loops over f64, with lengths at which attention goes block by block.</summary>
public sealed class DecoderReferenceTests
{
    [Theory, MemberData(nameof(TinyDecoder.Families), MemberType = typeof(TinyDecoder))]
    public void States_equal_those_of_an_unblocked_computation(string family)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var model = TinyDecoder.Model(TinyDecoder.Config(family), seed: 21);
        var sequences = TinyDecoder.Sequences(22, 3, 270, 65, 1, 129);
        foreach (var bidirectional in new[] { false, true })
        {
            model.Bidirectional = bidirectional;
            var batch = PackedBatch.From(sequences);
            var states = model.call(batch).data<float>().ToArray();
            var reference = ReferenceDecoder.Of(model);
            var at = 0;
            foreach (var sequence in sequences)
                foreach (var row in reference.Run(sequence))
                    foreach (var expected in row)
                        Assert.Equal(expected, states[at++], 5e-5 * Math.Max(1, Math.Abs(expected)));
        }
    }

    [Fact]
    public void A_long_text_is_no_farther_from_it_than_a_short_one()
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var model = TinyDecoder.Model(TinyDecoder.Config("llama3-scaling") with { Layers = 2, Windows = new(new int?[2]), Heads = 2, MaxPositions = 8192, Bidirectional = true }, seed: 5);
        using var sentence = new SentenceModel(model);
        var text = TinyDecoder.Sequences(23, 1500)[0];
        var vector = sentence.Encode(PackedBatch.From([text])).data<float>().ToArray();
        var mean = ReferenceDecoder.Of(model).Run(text).Aggregate(new double[model.HiddenSize], (sum, row) => [.. sum.Zip(row, (a, b) => a + b)]);
        var length = Math.Sqrt(mean.Sum(x => x * x));
        for (var d = 0; d < vector.Length; d++)
            Assert.Equal(mean[d] / length, vector[d], 1e-5);
    }
}

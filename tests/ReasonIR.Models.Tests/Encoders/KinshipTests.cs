using ReasonIR.Models.Bert;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.Encoders;

/// <summary>What ties one family of encoders to another, and what one has for itself.</summary>
public sealed class KinshipTests
{
    [Fact]
    public void DistilBert_is_Bert_with_its_token_types_in_the_words()
    {
        using var bert = new TinyEncoder("bert");
        using var distil = new TinyEncoder("distilbert");
        var names = new Dictionary<string, string>
        {
            ["attention.self.query"] = "attention.q_lin", ["attention.self.key"] = "attention.k_lin", ["attention.self.value"] = "attention.v_lin",
            ["attention.output.dense"] = "attention.out_lin", ["attention.output.LayerNorm"] = "sa_layer_norm",
            ["intermediate.dense"] = "ffn.lin1", ["output.dense"] = "ffn.lin2", ["output.LayerNorm"] = "output_layer_norm",
        };
        using (var file = SafetensorsFile.Open(Path.Combine(bert.Folder, "model.safetensors")))
        {
            var types = file.ReadFloats("embeddings.token_type_embeddings.weight");
            var tensors = new List<TensorToWrite>();
            foreach (var (name, info) in file.Tensors.Where(t => t.Key != "embeddings.token_type_embeddings.weight"))
            {
                var values = file.ReadFloats(name);
                if (name == "embeddings.word_embeddings.weight")
                    for (var i = 0; i < values.Length; i++)
                        values[i] += types[i % 16];
                var renamed = name.Replace("encoder.layer.", "transformer.layer.", StringComparison.Ordinal);
                foreach (var (from, to) in names)
                    if (renamed.StartsWith("transformer", StringComparison.Ordinal) && renamed.Contains($"{(char.IsDigit(renamed[18]) ? renamed[18] : '0')}.{from}.", StringComparison.Ordinal))
                        renamed = renamed.Replace(from, to, StringComparison.Ordinal);
                // With the prefix and the heads that a checkpoint of a masked language model has.
                tensors.Add(TensorToWrite.Floats("distilbert." + renamed, values, info.Shape));
            }
            distil.SaveWeights([.. tensors, TensorToWrite.Floats("vocab_projector.bias", new float[64], [64])]);
        }
        int[][] sequences = [[5, 6, 7, 8, 9], [10]];
        Same(bert.Hidden(sequences), distil.Hidden(sequences), 1e-5);
    }

    [Fact]
    public void Electra_is_Bert_where_its_embeddings_are_as_wide_as_the_rest()
    {
        using var bert = new TinyEncoder("bert");
        int[][] sequences = [[5, 6, 7, 8, 9], [10]];
        int[][] types = [[0, 0, 1, 1, 1], [1]];
        var expected = bert.Hidden(sequences, types: types);
        bert.Change(("model_type", "\"electra\""), ("embedding_size", "16"));
        Assert.Equal(expected, bert.Hidden(sequences, types: types));
        // A map that changes nothing, between narrower embeddings and the rest, is one too.
        using (var file = SafetensorsFile.Open(Path.Combine(bert.Folder, "model.safetensors")))
        {
            var tensors = file.Tensors.Values.Where(t => t.Name != "embeddings.LayerNorm.weight").Select(t => TensorToWrite.Floats("electra." + t.Name, file.ReadFloats(t.Name), t.Shape)).ToList();
            tensors.Add(TensorToWrite.Floats("electra.embeddings.LayerNorm.weight", file.ReadFloats("embeddings.LayerNorm.weight"), [16]));
            tensors.Add(TensorToWrite.Floats("discriminator_predictions.dense.weight", new float[1], [1, 1]));
            bert.SaveWeights([.. tensors]);
        }
        Assert.Equal(expected, bert.Hidden(sequences, types: types));
    }

    [Fact]
    public void A_padding_token_in_a_text_of_Roberta_takes_no_place()
    {
        using var tiny = new TinyEncoder("roberta");
        using var model = (BertModel)Architectures.Load(tiny.Folder);
        Assert.Equal(48, model.MaxPositions);
        // [0, 5, PAD, 6]: positions 2, 3, 1, 4. With the padding token's own row of positions moved to another, only its state changes first.
        int[] sequence = [0, 5, 1, 6], plain = [0, 5, 6];
        var before = TinyEncoder.Hidden(model, [sequence]);
        using (torch.no_grad())
        {
            var positions = model.named_parameters().Single(p => p.name == "embeddings.position_embeddings.weight").parameter;
            // Rows that nothing stands at: 0 and from 5 on. Changing them changes nothing.
            positions.narrow(0, 5, 45).fill_(7);
            positions.narrow(0, 0, 1).fill_(7);
            Assert.Equal(before, TinyEncoder.Hidden(model, [sequence]));
            Assert.NotEqual(before, Changed(positions, 1));
            Assert.NotEqual(before, Changed(positions, 4));
            var three = TinyEncoder.Hidden(model, [plain]);
            Assert.NotEqual(three, TinyEncoder.Hidden(model, [sequence])[..three.Length]);
        }

        float[] Changed(torch.Tensor positions, int row)
        {
            using var part = positions.narrow(0, row, 1);
            using var old = part.clone();
            part.fill_(3);
            var after = TinyEncoder.Hidden(model, [sequence]);
            part.copy_(old);
            return after;
        }
    }

    [Fact]
    public void Both_spellings_of_ModernBert_are_one_model()
    {
        using var tiny = new TinyEncoder("modernbert");
        int[][] sequences = [[.. Enumerable.Range(4, 40)], [7, 8]];
        tiny.Change(("global_rope_theta", "5000"), ("local_rope_theta", "300"));
        var four = tiny.Hidden(sequences);
        tiny.Change(("global_attn_every_n_layers", null), ("layer_types", """["full_attention","sliding_attention","full_attention"]"""),
            ("rope_parameters", """{"full_attention":{"rope_theta":5000,"rope_type":"default"},"sliding_attention":{"rope_theta":300,"rope_type":"default"}}"""));
        Assert.Equal(four, tiny.Hidden(sequences));
        tiny.Change(("global_rope_theta", "5000"), ("local_rope_theta", "5000"));
        var shared = tiny.Hidden(sequences);
        tiny.Change(("global_rope_theta", "5000"), ("local_rope_theta", "null"));
        Assert.Equal(shared, tiny.Hidden(sequences));
        Assert.NotEqual(four, shared);
    }

    [Fact]
    public void A_local_layer_reaches_no_further_than_it_says()
    {
        // One local layer behind one global: only the second sees the neighbors.
        using var tiny = new TinyEncoder("modernbert");
        tiny.Change(("num_hidden_layers", "1"), ("layer_types", """["sliding_attention"]"""));
        using (var file = SafetensorsFile.Open(Path.Combine(tiny.Folder, "model.safetensors")))
        {
            var tensors = file.Tensors.Values.Where(t => !t.Name.StartsWith("layers.1", StringComparison.Ordinal) && !t.Name.StartsWith("layers.2", StringComparison.Ordinal))
                .Select(t => TensorToWrite.Floats(t.Name, file.ReadFloats(t.Name), t.Shape)).ToArray();
            tiny.SaveWeights(tensors);
        }
        int[] sequence = [.. Enumerable.Range(10, 20)];
        var before = tiny.Hidden([sequence]);
        sequence[10] = 5;
        var after = tiny.Hidden([sequence]);
        for (var token = 0; token < sequence.Length; token++)
            Assert.Equal(Math.Abs(token - 10) > 3, before[(16 * token)..(16 * token + 16)].SequenceEqual(after[(16 * token)..(16 * token + 16)]));
    }

    [Fact]
    public void Names_that_TensorFlow_left_behind_are_read()
    {
        using var tiny = new TinyEncoder("bert");
        int[][] sequences = [[5, 6, 7]];
        var expected = tiny.Hidden(sequences);
        using (var model = Architectures.Load(tiny.Folder))
            tiny.SaveWeights([.. model.ToWrite().Select(t => t with
            {
                Name = "bert." + t.Name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal),
            })]);
        Assert.Equal(expected, tiny.Hidden(sequences));
    }

    static void Same(float[] expected, float[] actual, double within)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], within);
    }
}

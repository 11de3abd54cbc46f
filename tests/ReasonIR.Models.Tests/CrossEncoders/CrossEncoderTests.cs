using ReasonIR.Models.CrossEncoders;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Tests.Encoders;
using ReasonIR.Models.Transformers;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.CrossEncoders;

public sealed class CrossEncoderTests
{
    static readonly TextPair[] Pairs = [.. Enumerable.Range(0, 30).Select(i => new TextPair(new string((char)('a' + i % 26), 1 + i % 5), string.Join(' ', Enumerable.Range(0, i % 11).Select(j => (char)('a' + (i * j) % 26)))))];

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("xlm-roberta")]
    [InlineData("camembert")]
    [InlineData("distilbert")]
    [InlineData("electra")]
    [InlineData("modernbert")]
    public void Logits_are_the_heads_arithmetic_on_the_hidden_states(string type)
    {
        using var tiny = new TinyCrossEncoder(type, labels: 3);
        foreach (var pooling in type == "modernbert" ? new[] { "cls", "mean" } : ["cls"])
        {
            tiny.Change(("classifier_pooling", $"\"{pooling}\""), ("id2label", null), ("num_labels", "3"));
            using var encoder = CrossEncoder.Open(tiny.Folder);
            var logits = encoder.Logits(Pairs[..4], cancellationToken: TestContext.Current.CancellationToken);
            for (var i = 0; i < 4; i++)
            {
                var expected = ByHand(type, tiny, encoder.Tokenize(Pairs[i]), pooling);
                for (var label = 0; label < 3; label++)
                    Assert.Equal(expected[label], logits[3 * i + label], 2e-5);
            }
        }
    }

    [Fact]
    public void Neither_batches_nor_order_change_a_score()
    {
        using var tiny = new TinyCrossEncoder();
        using var encoder = CrossEncoder.Open(tiny.Folder);
        TextPair[] many = [.. Enumerable.Range(0, 10).SelectMany(_ => Pairs)];
        var all = encoder.Score(many, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(many.Length, all.Length);
        for (var i = 0; i < Pairs.Length; i++)
            Assert.Equal(encoder.Score([Pairs[i]], cancellationToken: TestContext.Current.CancellationToken)[0], all[Pairs.Length + i], 1e-6);
        Assert.Empty(encoder.Score([], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Throws<OperationCanceledException>(() => encoder.Score(Pairs, cancellationToken: new(true)));
        var before = torch.Tensor.TotalCount;
        encoder.Score(Pairs, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    [Fact]
    public void A_pair_is_cut_where_it_is_longest_and_keeps_its_special_tokens()
    {
        using var tiny = new TinyCrossEncoder();
        using var encoder = CrossEncoder.Open(tiny.Folder);
        var pair = new TextPair("a b", "c d e f g h");
        int L(char c) => TinyTokenizer.Letter(c);
        Assert.Equal([2, L('a'), L('b'), 3, L('c'), L('d'), L('e'), L('f'), L('g'), L('h'), 3], encoder.Tokenize(pair).Ids);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1], encoder.Tokenize(pair).TypeIds);
        Assert.Equal([2, L('a'), L('b'), 3, L('c'), L('d'), L('e'), 3], encoder.Tokenize(pair, 8).Ids);
        Assert.Equal([2, L('a'), 3, L('c'), L('d'), 3], encoder.Tokenize(pair, 6).Ids);
        Assert.Equal([2, L('c'), L('d'), 3, L('a'), 3], encoder.Tokenize(new(pair.Second, pair.First), 6).Ids);
        Assert.Throws<ArgumentException>(() => encoder.Tokenize(pair, 3));
        Assert.Equal(48, encoder.MaxTokens);
        tiny.Write("tokenizer_config.json", new { model_max_length = 8, truncation_side = "left" });
        using var limited = CrossEncoder.Open(tiny.Folder);
        Assert.Equal(8, limited.MaxTokens);
        Assert.Equal([2, L('a'), L('b'), 3, L('f'), L('g'), L('h'), 3], limited.Tokenize(pair, 100).Ids);
    }

    [Fact]
    public void The_activation_is_the_folders_or_the_one_for_so_many_labels()
    {
        using var one = new TinyCrossEncoder();
        using var several = new TinyCrossEncoder(labels: 4);
        Assert.Equal(("Sigmoid", "label 0"), Activation(one));
        Assert.Equal(("Identity", "label 3"), Activation(several));
        using (var encoder = CrossEncoder.Open(one.Folder))
        {
            var (logits, scores) = (encoder.Logits(Pairs, cancellationToken: TestContext.Current.CancellationToken), encoder.Score(Pairs, cancellationToken: TestContext.Current.CancellationToken));
            for (var i = 0; i < scores.Length; i++)
                Assert.Equal(1 / (1 + Math.Exp(-logits[i])), scores[i], 1e-6);
        }
        // Oldest to newest spelling; the newer wins.
        one.Change(("sbert_ce_default_activation_function", "\"torch.nn.modules.linear.Identity\""));
        Assert.Equal("Identity", Activation(one).Name);
        one.Change(("sbert_ce_default_activation_function", "\"torch.nn.modules.linear.Identity\""), ("sentence_transformers", """{"activation_fn":"torch.nn.modules.activation.Tanh","version":"4.0.1"}"""));
        Assert.Equal("Tanh", Activation(one).Name);
        one.Write("config_sentence_transformers.json", new { model_type = "CrossEncoder", activation_fn = "torch.nn.modules.activation.ReLU" });
        Assert.Equal("ReLU", Activation(one).Name);
        one.Write("config_sentence_transformers.json", new { model_type = "CrossEncoder", activation_fn = "my_code.Swish" });
        Assert.Contains("'my_code.Swish'", Assert.Throws<NotSupportedException>(() => CrossEncoder.Open(one.Folder)).Message);
        one.Write("config_sentence_transformers.json", new { model_type = "CrossEncoder", prompts = new { query = "q: " }, default_prompt_name = "query" });
        Assert.Contains("default_prompt_name", Assert.Throws<NotSupportedException>(() => CrossEncoder.Open(one.Folder)).Message);

        static (string Name, string Label) Activation(TinyCrossEncoder tiny)
        {
            using var encoder = CrossEncoder.Open(tiny.Folder);
            return (encoder.Activation.Name, encoder.Labels[^1]);
        }
    }

    [Theory]
    [InlineData("""{"0":"a","2":"b"}""", "id2label")]
    [InlineData("""{"x":"a"}""", "id2label.x")]
    [InlineData("""{"0":7}""", "id2label.0")]
    [InlineData("""{}""", "id2label")]
    [InlineData("""{"0":"a","1":"b"}""", "'classifier.weight' has the shape [1, 16]; [2, 16]")]
    public void Labels_that_contradict_themselves_or_the_weights_are_named(string labels, string expected)
    {
        using var tiny = new TinyCrossEncoder();
        tiny.Change(("id2label", labels));
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => CrossEncoder.Open(tiny.Folder)).Message);
    }

    [Fact]
    public void What_is_no_cross_encoder_is_named()
    {
        using var tiny = new TinyCrossEncoder();
        tiny.Change(("architectures", """["BertForTokenClassification"]"""));
        Assert.Contains("'BertForTokenClassification'", Assert.Throws<NotSupportedException>(() => CrossEncoder.Open(tiny.Folder)).Message);
        tiny.Change(("architectures", """["BertForSequenceClassification"]"""));
        CrossEncoder.Open(tiny.Folder).Dispose();
        using (var model = Architectures.Load(tiny.Folder))
            SafetensorsWriter.Save(Path.Combine(tiny.Folder, "model.safetensors"), [.. model.ToWrite()]);
        Assert.Contains("'classifier.weight' is missing", Assert.Throws<InvalidDataException>(() => CrossEncoder.Open(tiny.Folder)).Message);

        tiny.Write("modules.json", new[] { new { idx = 0, name = "0", path = "", type = "sentence_transformers.base.modules.transformer.Transformer" }, new { idx = 1, name = "1", path = "1_LogitScore", type = "sentence_transformers.cross_encoder.modules.logit_score.LogitScore" } });
        Assert.Contains("'LogitScore'", Assert.Throws<NotSupportedException>(() => CrossEncoder.Open(tiny.Folder)).Message);
        tiny.Write("config_sentence_transformers.json", new { model_type = "CrossEncoder" });
        Assert.Contains("'CrossEncoder'", Assert.Throws<NotSupportedException>(() => ModelFolder.Open(tiny.Folder)).Message);
    }

    [Fact]
    public void Version_6_of_the_layout_is_read()
    {
        using var tiny = new TinyCrossEncoder();
        using var plain = CrossEncoder.Open(tiny.Folder);
        var expected = plain.Score(Pairs, cancellationToken: TestContext.Current.CancellationToken);
        tiny.Write("modules.json", new[] { new { idx = 0, name = "0", path = "", type = "sentence_transformers.base.modules.transformer.Transformer" } });
        tiny.Write("config_sentence_transformers.json", new { model_type = "CrossEncoder", activation_fn = "torch.nn.modules.activation.Sigmoid", prompts = new { } });
        tiny.Write("sentence_bert_config.json", new
        {
            transformer_task = "sequence-classification", module_output_name = "scores",
            modality_config = new { text = new { method = "forward", method_output_name = "logits" } },
        });
        using var six = CrossEncoder.Open(tiny.Folder);
        Assert.Equal(expected, six.Score(Pairs, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("transformer_task", Assert.Throws<NotSupportedException>(() => SentenceTransformersFolder.Open(tiny.Folder)).Message);
    }

    [Fact]
    public void A_classifier_activation_that_is_not_known_is_named()
    {
        using var tiny = new TinyCrossEncoder("modernbert");
        tiny.Change(("classifier_activation", "\"silu\""));
        Assert.Contains("classifier_activation 'silu'", Assert.Throws<NotSupportedException>(() => CrossEncoder.Open(tiny.Folder)).Message);
        tiny.Change(("classifier_pooling", "\"max\""));
        Assert.Contains("classifier_pooling 'max'", Assert.Throws<NotSupportedException>(() => CrossEncoder.Open(tiny.Folder)).Message);
        tiny.Change(("classifier_bias", "true"));
        Assert.Contains("'head.dense.bias' is missing", Assert.Throws<InvalidDataException>(() => CrossEncoder.Open(tiny.Folder)).Message);
    }

    [Fact]
    public void Computing_in_bf16_stays_near()
    {
        using var tiny = new TinyCrossEncoder("roberta");
        using var exact = CrossEncoder.Open(tiny.Folder);
        using var half = CrossEncoder.Open(tiny.Folder, new(torch.ScalarType.BFloat16, torch.ScalarType.BFloat16));
        var (expected, actual) = (exact.Score(Pairs, cancellationToken: TestContext.Current.CancellationToken), half.Score(Pairs, cancellationToken: TestContext.Current.CancellationToken));
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 0.03);
        Assert.NotEqual(expected, actual);
    }

    /// <summary>The head in plain arithmetic.</summary>
    static double[] ByHand(string type, TinyCrossEncoder tiny, TokenizedPair pair, string pooling)
    {
        using var model = Architectures.Load(tiny.Folder);
        var hidden = TinyEncoder.Hidden(model, [pair.Ids], [pair.TypeIds]);
        var x = new double[16];
        var tokens = pooling == "mean" ? pair.Ids.Length : 1;
        for (var i = 0; i < tokens * 16; i++)
            x[i % 16] += hidden[i] / (double)tokens;
        double[] Linear(string name, double[] input, Dictionary<string, (float[] Values, long[] Shape)> weights)
        {
            var (w, shape) = weights[name + ".weight"];
            var bias = weights.TryGetValue(name + ".bias", out var b) ? b.Values : null;
            return [.. Enumerable.Range(0, (int)shape[0]).Select(o => (bias?[o] ?? 0) + Enumerable.Range(0, 16).Sum(i => w[o * 16 + i] * input[i]))];
        }
        switch (type)
        {
            case "bert":
                var pooler = model.named_parameters().Where(p => p.name.StartsWith("pooler.", StringComparison.Ordinal)).ToDictionary(p => p.name, p => (p.parameter.data<float>().ToArray(), p.parameter.shape));
                return Linear("classifier", [.. Linear("pooler.dense", x, pooler).Select(Math.Tanh)], tiny.Head);
            case "distilbert":
                return Linear("classifier", [.. Linear("pre_classifier", x, tiny.Head).Select(v => Math.Max(0, v))], tiny.Head);
            case "electra":
                return Linear("classifier.out_proj", [.. Linear("classifier.dense", x, tiny.Head).Select(Gelu)], tiny.Head);
            case "modernbert":
                var y = Linear("head.dense", x, tiny.Head).Select(Gelu).ToArray();
                var (mean, weight) = (y.Average(), tiny.Head["head.norm.weight"].Values);
                var spread = Math.Sqrt(y.Average(v => (v - mean) * (v - mean)) + 1e-5);
                return Linear("classifier", [.. y.Select((v, i) => (v - mean) / spread * weight[i])], tiny.Head);
            default:
                return Linear("classifier.out_proj", [.. Linear("classifier.dense", x, tiny.Head).Select(Math.Tanh)], tiny.Head);
        }
    }

    /// <summary>x Φ(x), the distribution function by integration.</summary>
    static double Gelu(double x)
    {
        const int steps = 2000;
        var (low, sum) = (-9.0, 0.0);
        var h = (x - low) / steps;
        for (var i = 0; i <= steps; i++)
            sum += (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-(low + i * h) * (low + i * h) / 2);
        return x * sum * h / 3 / Math.Sqrt(2 * Math.PI);
    }
}

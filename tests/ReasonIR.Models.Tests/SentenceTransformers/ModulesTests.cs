using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Tests.Encoders;
using TorchSharp;
using Xunit;

namespace ReasonIR.Models.Tests.SentenceTransformers;

/// <summary>Pooling, Dense and Normalize against plain arithmetic on the hidden states.</summary>
public sealed class ModulesTests : IDisposable
{
    static readonly int A = TinyTokenizer.Letter('a'), B = TinyTokenizer.Letter('b'), C = TinyTokenizer.Letter('c');

    readonly TinySentenceFolder tiny = new();

    public void Dispose() => tiny.Dispose();

    [Theory]
    [InlineData("cls")]
    [InlineData("max")]
    [InlineData("mean")]
    [InlineData("mean_sqrt_len_tokens")]
    [InlineData("weightedmean")]
    [InlineData("lasttoken")]
    public void Each_pooling_is_its_formula_with_and_without_the_prompt(string mode)
    {
        tiny.Modules("Pooling");
        var hidden = tiny.Hidden(2, A, B, C, 3);
        foreach (var include in new[] { true, false })
        {
            tiny.Write("1_Pooling/config.json", new { embedding_dimension = 16, pooling_mode = mode, include_prompt = include });
            Near(Pool(hidden, mode, 0), tiny.Vector("a b c"), 1e-5);
            // The prompt's tokens are [CLS] a.
            Near(Pool(hidden, mode, include ? 0 : 2), tiny.Vector("b c", new(Prompt: "a ")), 1e-5);
        }
    }

    [Fact]
    public void Vectors_of_several_poolings_stand_one_after_the_other()
    {
        tiny.Modules("Pooling");
        var hidden = tiny.Hidden(2, A, B, 3);
        string[] order = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"];
        // The booleans have an order of their own, whatever order they are written in.
        tiny.Write("1_Pooling/config.json", new
        {
            word_embedding_dimension = 16, pooling_mode_lasttoken = true, pooling_mode_weightedmean_tokens = true, pooling_mode_mean_sqrt_len_tokens = true,
            pooling_mode_mean_tokens = true, pooling_mode_max_tokens = true, pooling_mode_cls_token = true,
        });
        Near([.. order.SelectMany(mode => Pool(hidden, mode, 0))], tiny.Vector("a b"), 1e-5);
        tiny.Write("1_Pooling/config.json", new { embedding_dimension = 16, pooling_mode = new[] { "lasttoken", "mean" } });
        Near([.. Pool(hidden, "lasttoken", 0), .. Pool(hidden, "mean", 0)], tiny.Vector("a b"), 1e-5);
        using var model = ModelFolder.Open(tiny.Folder);
        Assert.Equal((32, "lasttoken+mean"), (model.Dimension, model.Description.Pooling));
        // None at all is the mean.
        tiny.Write("1_Pooling/config.json", new { word_embedding_dimension = 16, pooling_mode_cls_token = false });
        Near(Pool(hidden, "mean", 0), tiny.Vector("a b"), 1e-5);
    }

    public static TheoryData<string> Activations => ["Identity", "Tanh", "Sigmoid", "ReLU", "ReLU6", "LeakyReLU", "GELU", "SiLU", "Mish", "ELU", "SELU", "Softplus", "Softsign", "Softmax", "LogSigmoid", "Hardtanh", "Hardsigmoid", "Hardswish"];

    [Theory]
    [MemberData(nameof(Activations))]
    public void Each_activation_is_its_formula(string name)
    {
        TinyEncoderGuard();
        float[] values = [-30f, -5f, -2.5f, -1f, -0.3f, 0f, 1e-3f, 0.7f, 2f, 4f, 8f, 25f];
        using var scope = torch.NewDisposeScope();
        var activation = Activation.Parse(name == "Identity" ? "torch.nn.modules.linear.Identity" : $"torch.nn.modules.activation.{name}", "here");
        var actual = activation.Apply(torch.tensor(values).view(1, values.Length)).data<float>().ToArray();
        var sum = values.Sum(x => Math.Exp(x));
        for (var i = 0; i < values.Length; i++)
        {
            double x = values[i], soft = x > 0 ? x + Math.Log(1 + Math.Exp(-x)) : Math.Log(1 + Math.Exp(x)), sigmoid = 1 / (1 + Math.Exp(-x)), hard = Math.Clamp(x + 3, 0, 6) / 6;
            var expected = name switch
            {
                "Identity" => x,
                "Tanh" => Math.Tanh(x),
                "Sigmoid" => sigmoid,
                "ReLU" => Math.Max(0, x),
                "ReLU6" => Math.Clamp(x, 0, 6),
                "LeakyReLU" => x > 0 ? x : 0.01 * x,
                "GELU" => x * Normal(x),
                "SiLU" => x * sigmoid,
                "Mish" => x * Math.Tanh(soft),
                "ELU" => x > 0 ? x : Math.Exp(x) - 1,
                "SELU" => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1)),
                "Softplus" => soft,
                "Softsign" => x / (1 + Math.Abs(x)),
                "Softmax" => Math.Exp(x) / sum,
                "LogSigmoid" => -(soft - x),
                "Hardtanh" => Math.Clamp(x, -1, 1),
                "Hardsigmoid" => hard,
                _ => x * hard,
            };
            Assert.Equal(expected, actual[i], 2e-6 * Math.Max(1, Math.Abs(expected)));
        }
        Assert.Equal(name, Activation.Parse(activation.TypeName, "here").Name);
    }

    [Theory]
    [InlineData("my_model.Swish")]
    [InlineData("torch.nn.modules.activation.MultiheadAttention")]
    [InlineData("torch.nn.functional.tanh2")]
    [InlineData("Tanh")]
    public void An_activation_of_other_code_is_refused_by_name(string type)
    {
        tiny.Modules("Pooling", "Dense");
        tiny.Write("1_Pooling/config.json", new { pooling_mode = "mean", embedding_dimension = 16 });
        tiny.Write("2_Dense/config.json", new { in_features = 16, out_features = 4, bias = true, activation_function = type });
        tiny.Dense("2_Dense", 16, 4);
        Assert.Contains($"'{type}'", Assert.Throws<NotSupportedException>(() => ModelFolder.Open(tiny.Folder)).Message);
    }

    [Fact]
    public void Dense_modules_and_norms_run_in_the_order_of_the_file()
    {
        tiny.Modules("Pooling", "Normalize", "Dense", "Dense");
        tiny.Write("1_Pooling/config.json", new { pooling_mode = "mean", embedding_dimension = 16 });
        tiny.Write("3_Dense/config.json", new { in_features = 16, out_features = 5, bias = true, activation_function = "torch.nn.modules.activation.SiLU" });
        tiny.Write("4_Dense/config.json", new { in_features = 5, out_features = 5, bias = false, activation_function = "torch.nn.modules.linear.Identity", use_residual = true });
        var (first, second) = (tiny.Dense("3_Dense", 16, 5), tiny.Dense("4_Dense", 5, 5, bias: false));
        var x = Pool(tiny.Hidden(2, A, B, 3), "mean", 0);
        var norm = Math.Sqrt(x.Sum(v => v * v));
        double[] unit = [.. x.Select(v => v / norm)];
        double[] y = [.. Linear(unit, first.Weight, first.Bias).Select(v => v / (1 + Math.Exp(-v)))];
        double[] z = [.. Linear(y, second.Weight, null).Zip(y, (a, b) => a + b)];
        Near(z, tiny.Vector("a b"), 1e-5);
        using (var model = ModelFolder.Open(tiny.Folder))
            Assert.Equal((5, false), (model.Dimension, model.Normalized));

        // A residual between different widths has a map of its own; a norm at the end normalizes.
        tiny.Modules("Pooling", "Dense", "Normalize");
        float[] residual = [.. Enumerable.Range(0, 48).Select(i => i / 48f)];
        tiny.Write("2_Dense/config.json", new { in_features = 16, out_features = 3, bias = true, activation_function = "torch.nn.modules.activation.Tanh", use_residual = true, module_input_name = "sentence_embedding" });
        var wide = tiny.Dense("2_Dense", 16, 3, residual: residual);
        double[] sum = [.. Linear(x, wide.Weight, wide.Bias).Select(Math.Tanh).Zip(Linear(x, residual, null), (a, b) => a + b)];
        var length = Math.Sqrt(sum.Sum(v => v * v));
        Near([.. sum.Select(v => v / length)], tiny.Vector("a b"), 1e-5);
        using var last = ModelFolder.Open(tiny.Folder);
        Assert.True(last.Normalized);
    }

    [Fact]
    public void Vectors_are_cut_after_everything_else()
    {
        tiny.Modules("Pooling", "Normalize");
        tiny.Write("1_Pooling/config.json", new { pooling_mode = "mean", embedding_dimension = 16 });
        var whole = tiny.Vector("a b c");
        tiny.Write("config_sentence_transformers.json", new { truncate_dim = 6 });
        Assert.Equal(whole[..6], tiny.Vector("a b c"));
        using (var model = ModelFolder.Open(tiny.Folder))
            Assert.Equal((6, false), (model.Dimension, model.Normalized));
        tiny.Write("config_sentence_transformers.json", new { truncate_dim = 600 });
        Assert.Equal(whole, tiny.Vector("a b c"));
        tiny.Write("config_sentence_transformers.json", new { truncate_dim = 0 });
        Assert.Contains("truncate_dim", Assert.Throws<InvalidDataException>(() => ModelFolder.Open(tiny.Folder)).Message);
    }

    static double[] Pool(float[][] hidden, string mode, int skip)
    {
        var rows = hidden[skip..];
        double Sum(int d) => rows.Sum(r => (double)r[d]);
        return [.. Enumerable.Range(0, 16).Select(d => mode switch
        {
            "cls" => rows[0][d],
            "lasttoken" => rows[^1][d],
            "max" => rows.Max(r => r[d]),
            "mean" => Sum(d) / rows.Length,
            "mean_sqrt_len_tokens" => Sum(d) / Math.Sqrt(rows.Length),
            // A token weighs as its place in the whole text, the prompt counted.
            _ => rows.Select((r, i) => (double)r[d] * (skip + i + 1)).Sum() / rows.Select((_, i) => skip + i + 1.0).Sum(),
        })];
    }

    static IEnumerable<double> Linear(double[] x, float[] weight, float[]? bias) =>
        Enumerable.Range(0, weight.Length / x.Length).Select(o => (bias?[o] ?? 0) + Enumerable.Range(0, x.Length).Sum(i => weight[o * x.Length + i] * x[i]));

    static double Normal(double x)
    {
        const int steps = 4000;
        var h = (x + 40) / steps;
        return Enumerable.Range(0, steps + 1).Sum(i => (i is 0 or steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-(-40 + i * h) * (-40 + i * h) / 2)) * h / 3 / Math.Sqrt(2 * Math.PI);
    }

    static void Near(double[] expected, float[] actual, double within)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], within);
    }

    /// <summary>The constructor of the folder has skipped where libtorch is absent.</summary>
    void TinyEncoderGuard() => Assert.True(Directory.Exists(tiny.Folder));
}

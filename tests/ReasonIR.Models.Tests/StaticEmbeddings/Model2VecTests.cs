using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Tests.Encoders;
using Xunit;

namespace ReasonIR.Models.Tests.StaticEmbeddings;

/// <summary>The tables that model2vec writes, in both readings of its folders.</summary>
public sealed class Model2VecTests : IDisposable
{
    const int Vocabulary = 56, Width = 3;

    static readonly int A = TinyTokenizer.Letter('a'), B = TinyTokenizer.Letter('b'), Unknown = 1;

    readonly string folder = Directory.CreateTempSubdirectory("reasonir-model2vec-").FullName;
    readonly float[] rows = [.. Enumerable.Range(0, Vocabulary * Width).Select(i => MathF.Sin(i + 1))];

    public Model2VecTests()
    {
        Write("tokenizer.json", TinyTokenizer.Json());
        Write("config.json", new { model_type = "model2vec", architectures = new[] { "StaticModel" }, hidden_dim = Width, seq_length = 1000000, normalize = true, embedding_dtype = "float32", pooling = "mean" });
        Modules();
        Table(TensorToWrite.Floats("embeddings", rows, [Vocabulary, Width]));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(TensorType.F32)]
    [InlineData(TensorType.F16)]
    public void A_mapping_and_weights_are_folded_into_the_rows(TensorType type)
    {
        // Five rows that all tokens share, and a factor a token.
        long[] mapping = [.. Enumerable.Range(0, Vocabulary).Select(i => (long)(i * 7 % 5))];
        float[] weights = [.. Enumerable.Range(0, Vocabulary).Select(i => 0.5f + i / 64f)];
        Table(TensorToWrite.Floats("embeddings", rows.AsMemory(0, 5 * Width), [5, Width], type), TensorToWrite.Longs("mapping", mapping, [Vocabulary]), TensorToWrite.Floats("weights", weights, [Vocabulary]));
        float[] Row(int token, int d) => [rows[mapping[token] * Width + d] * weights[token]];
        Near([.. Enumerable.Range(0, Width).Select(d => (Row(A, d)[0] + Row(B, d)[0]) / 2)], Vector("a b"), type == TensorType.F32 ? 1e-6 : 1e-3);
        // Weights alone, and a mapping alone.
        Table(TensorToWrite.Floats("embeddings", rows, [Vocabulary, Width]), TensorToWrite.Floats("weights", weights, [Vocabulary]));
        Near([.. Enumerable.Range(0, Width).Select(d => rows[A * Width + d] * weights[A])], Vector("a"), 1e-6);
        Table(TensorToWrite.Floats("embeddings", rows.AsMemory(0, 5 * Width), [5, Width]), TensorToWrite.Longs("mapping", mapping, [Vocabulary]));
        Near([.. Enumerable.Range(0, Width).Select(d => rows[mapping[A] * Width + d])], Vector("a"), 1e-6);
    }

    [Fact]
    public void Tables_that_contradict_themselves_are_named()
    {
        long[] Mapping(long value) => [.. Enumerable.Repeat(value, Vocabulary)];
        Assert.Contains("sends token 0 to row 5", Refused(TensorToWrite.Floats("embeddings", rows.AsMemory(0, 15), [5, Width]), TensorToWrite.Longs("mapping", Mapping(5), [Vocabulary])));
        Assert.Contains("sends token 0 to row -1", Refused(TensorToWrite.Floats("embeddings", rows.AsMemory(0, 15), [5, Width]), TensorToWrite.Longs("mapping", Mapping(-1), [Vocabulary])));
        Assert.Contains("'weights' has the shape [3]", Refused(TensorToWrite.Floats("embeddings", rows, [Vocabulary, Width]), TensorToWrite.Floats("weights", new float[3], [3])));
        Assert.Contains("fewer rows", Refused(TensorToWrite.Floats("embeddings", rows, [Vocabulary, Width]), TensorToWrite.Longs("mapping", new long[2], [2])));
        Assert.Contains("'codebook'", Refused(TensorToWrite.Floats("embeddings", rows, [Vocabulary, Width]), TensorToWrite.Floats("codebook", new float[1], [1])));
        Assert.Contains("'mapping'", Refused(TensorToWrite.Floats("embedding.weight", rows, [Vocabulary, Width]), TensorToWrite.Longs("mapping", Mapping(0), [Vocabulary])));
        Assert.Contains("integer type", Refused(TensorToWrite.Floats("embeddings", rows, [Vocabulary, Width]), TensorToWrite.Floats("mapping", new float[Vocabulary], [Vocabulary])));
        Assert.Contains("'embedding.weight'", Refused(TensorToWrite.Floats("weights", new float[Vocabulary], [Vocabulary])));

        string Refused(params TensorToWrite[] tensors)
        {
            Table(tensors);
            return Assert.Throws<InvalidDataException>(() => ModelFolder.Open(folder)).Message;
        }
    }

    [Fact]
    public void Without_modules_the_folder_is_read_as_model2vec_reads_it()
    {
        File.Delete(Path.Combine(folder, "modules.json"));
        using (var model = ModelFolder.Open(folder))
            Assert.Equal(("static", 512, true, "static"), (model.ModelType, model.MaxTokens, model.Normalized, ModelFolder.TypeOf(folder)));
        // Unknown tokens do not count, and the vector has length 1.
        var mean = Enumerable.Range(0, Width).Select(d => (rows[A * Width + d] + rows[B * Width + d]) / 2).ToArray();
        var length = MathF.Sqrt(mean.Sum(x => x * x));
        Near([.. mean.Select(x => x / length)], Vector("a § b"), 1e-6);
        Assert.Equal(new float[Width], Vector("§ §"));
        // 512 tokens of a text, of its first characters: 512 times the median length of the vocabulary's tokens, which is 3 here.
        Near(Vector("a"), Vector(string.Concat(Enumerable.Repeat("a ", 512)) + "b b b"), 1e-5);
        Near(Vector("a"), Vector(new string(' ', 1535) + "a b"), 1e-6);
        Assert.Equal(new float[Width], Vector(new string(' ', 1536) + "a"));
        Near(Vector("a"), Vector(string.Concat(Enumerable.Repeat("\U0001F600", 1534)) + " a b"), 1e-6);

        Write("config.json", new { model_type = "model2vec" });
        Near(mean, Vector("a b"), 1e-6);
    }

    [Fact]
    public void With_modules_the_folder_is_read_as_sentence_transformers_reads_it()
    {
        Near([.. Enumerable.Range(0, Width).Select(d => (rows[A * Width + d] + rows[Unknown * Width + d]) / 2)], Vector("a §"), 1e-6);
        Modules("Normalize");
        var whole = Vector("a b");
        Assert.Equal(1, whole.Sum(x => x * x), 1e-5);
        Write("config_sentence_transformers.json", new { truncate_dim = 2 });
        Assert.Equal(whole[..2], Vector("a b"));
        using var model = ModelFolder.Open(folder);
        Assert.Equal((2, false, Width), (model.Dimension, model.Normalized, model.TokenDimension));
        var batch = new float[4];
        model.EncodeBatch([model.Tokenize("a b", EncodeOptions.Default), model.Tokenize("a", EncodeOptions.Default)], batch);
        Assert.Equal(whole[..2], batch[..2]);
    }

    void Modules(params string[] kinds) =>
        Write("modules.json", kinds.Prepend("StaticEmbedding").Select((kind, i) => new { idx = i, name = $"{i}", path = i == 0 ? "." : $"{i}_{kind}", type = $"sentence_transformers.models.{kind}" }));

    void Table(params TensorToWrite[] tensors) => SafetensorsWriter.Save(Path.Combine(folder, "model.safetensors"), tensors);

    void Write(string name, object content) => File.WriteAllText(Path.Combine(folder, name), JsonSerializer.Serialize(content));

    float[] Vector(string text)
    {
        using var model = ModelFolder.Open(folder);
        return model.Encode([text], cancellationToken: TestContext.Current.CancellationToken);
    }

    static void Near(float[] expected, float[] actual, double within)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], within);
    }
}

using ReasonIR.Check.Golden;
using ReasonIR.Models.StaticEmbeddings;
using ReasonIR.Testing;
using ReasonIR.Tokenizers;
using Xunit;

namespace ReasonIR.Models.Tests.StaticEmbeddings;

public sealed class StaticEncoderTests : IDisposable
{
    readonly string parent = Directory.CreateTempSubdirectory("reasonir-static-").FullName;

    string Folder => Path.Combine(parent, "model");

    public void Dispose() => Directory.Delete(parent, recursive: true);

    [Fact]
    public async Task Agrees_with_sentence_transformers()
    {
        var folder = SharedData.Require("golden/models/st-static");
        var results = await GoldenCheck.RunAsync(folder, SharedData.Root, TestContext.Current.CancellationToken);
        Assert.All(results, result => Assert.True(result.Succeeded, result.ToJson()));
        Assert.Equal(64, results.Sum(result => result.Cases));
    }

    [Fact]
    public void A_text_is_the_normalized_mean_of_its_rows()
    {
        Save();
        using var encoder = ModelFolder.Open(Folder);
        Assert.Equal(("static", 2, int.MaxValue), (encoder.ModelType, encoder.Dimension, encoder.MaxTokens));
        var vectors = Encode(encoder, ["Cat, dog", "", "cat cat"]);
        var length = MathF.Sqrt(3f * 3 + 5f * 5);
        Assert.Equal([3 / length, 5 / length, 0, 0, 1, 0], vectors, Near);
        // The limit counts tokens: "cat", ",".
        Assert.Equal([1, 0], Encode(encoder, ["cat, dog"], new(MaxTokens: 2)), Near);
        Assert.Equal(3, encoder.CountTokens("cat, dog"));
        Assert.Equal([3 / length, 5 / length], Encode(encoder, ["dog"], new(Prompt: "cat: ")), Near);
        Assert.Contains("'query'", Assert.Throws<ArgumentException>(() => Encode(encoder, ["x"], new(PromptName: "query"))).Message);
    }

    [Fact]
    public void Large_batches_give_the_same_vectors_as_single_texts()
    {
        Save();
        using var encoder = ModelFolder.Open(Folder);
        string[] texts = [.. Enumerable.Range(0, 300).Select(i => string.Join(' ', Enumerable.Repeat(i % 3 == 0 ? "cat" : "dog", i % 7).Append("cat")))];
        var batch = Encode(encoder, texts);
        for (var i = 0; i < texts.Length; i++)
            Assert.Equal(Encode(encoder, [texts[i]]), batch[(2 * i)..(2 * i + 2)]);
    }

    [Fact]
    public void The_description_tells_two_models_apart()
    {
        Save();
        Save("other", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 6]);
        using var one = ModelFolder.Open(Folder);
        using var other = ModelFolder.Open(Path.Combine(parent, "other"));
        Assert.Equal(one.Description with { WeightsHash = "" }, other.Description with { WeightsHash = "" });
        Assert.NotEqual(one.Description, other.Description);
        Assert.Equal(64, one.Description.TokenizerHash.Length);
    }

    [Fact]
    public void A_model_is_never_written_over()
    {
        Save();
        Assert.Throws<IOException>(() => Save());
        Assert.Single(Directory.GetFileSystemEntries(parent));
    }

    [Fact]
    public void A_table_that_does_not_fit_the_tokenizer_is_refused()
    {
        Save(rows: [0, 0, 0, 0]);
        Assert.Contains("fewer rows", Assert.Throws<InvalidDataException>(() => ModelFolder.Open(Folder)).Message);
    }

    [Fact]
    public void Modules_that_are_not_known_are_named()
    {
        Save();
        var modules = Path.Combine(Folder, "modules.json");
        var text = File.ReadAllText(modules);
        File.WriteAllText(modules, text.Replace("models.Normalize", "models.LSTM"));
        Assert.Contains("'LSTM'", Assert.Throws<NotSupportedException>(() => ModelFolder.Open(Folder)).Message);
        File.WriteAllText(modules, text.Replace("models.StaticEmbedding", "models.CLIPModel"));
        Assert.Contains("'CLIPModel'", Assert.Throws<NotSupportedException>(() => ModelFolder.Open(Folder)).Message);
        File.WriteAllText(modules, text.Replace("1_Normalize", "../elsewhere"));
        Assert.Contains("leads out", Assert.Throws<InvalidDataException>(() => ModelFolder.Open(Folder)).Message);
        File.Delete(modules);
        Assert.Contains("not a model folder", Assert.Throws<InvalidDataException>(() => ModelFolder.Open(Folder)).Message);
        File.WriteAllText(Path.Combine(Folder, "config.json"), """{"model_type":"mamba"}""");
        Assert.Contains("'mamba'", Assert.Throws<NotSupportedException>(() => ModelFolder.Open(Folder)).Message);
    }

    void Save(string name = "model", float[]? rows = null) =>
        StaticModelWriter.Save(Path.Combine(parent, name), new(
            WordPieceFile.Write([.. WordPieceFile.SpecialTokens, "cat", "dog"]),
            rows ?? [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 5], 2, "# a model\n"));

    static float[] Encode(ITextEncoder encoder, IReadOnlyList<string> texts, EncodeOptions? options = null) =>
        encoder.Encode(texts, options, TestContext.Current.CancellationToken);

    static bool Near(float expected, float actual) => Math.Abs(expected - actual) < 1e-6;
}

using System.Numerics.Tensors;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Models;
using ReasonIR.Testing;
using ReasonIR.Torch;
using ReasonIR.Trainer.Tests.Running;
using ReasonIR.Trainer.TinyBase;

namespace ReasonIR.Trainer.Tests.TransformerBase;

[Collection(Generator.Process)]
public sealed class TinyTrainingTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_small_llama_is_made_from_scratch_on_the_corpus()
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        await using var host = await TrainerHost.StartAsync(postgres);
        var documents = Texts.Few(40);
        var corpus = await host.ImportAsync("few", documents);
        await host.SynthesizedAsync(corpus, "pairs", DatasetKind.Strategy, Texts.Examples(documents));
        var spec = new TrainSpec(
            new("small"), new([new("pairs")], Steps: 12, BatchSize: 16), new(BaseSection.TinyLlama, Tiny: new(2, 32, 4, 2, Vocabulary: 600, MaxTokens: 64)), Optimizer: new(3e-3), Scale: new(Threads: 1), Seed: 4);
        var (run, output) = await host.TrainAsync(spec);
        Assert.Equal(("small", "small-start"), (output.Model, output.StartModel));
        var losses = (await host.SeriesAsync(run.Id, "loss")).Select(point => point.Value).ToList();
        Assert.True(losses[^3..].Average() < losses[..3].Average(), string.Join(' ', losses));
        var (trained, start) = (await host.ModelAsync("small"), await host.ModelAsync("small-start"));
        Assert.Equal(("llama", 32, 64, "mean"), (trained.Kind, trained.Dimension, trained.MaxTokens, trained.Pooling));
        Assert.NotEqual(start.WeightsHash, trained.WeightsHash);
        Assert.Equal(start.TokenizerHash, trained.TokenizerHash);

        // Attention goes both ways: what follows changes a token, and so the mean of the first ones.
        using var encoder = ModelFolder.Open(host.FolderOf(trained));
        Assert.InRange(encoder.Tokenizer.VocabularySize, 258, 600);
        Assert.NotEqual(encoder.EncodeTokens(encoder.Tokenize("one two three", new()))[..32], encoder.EncodeTokens(encoder.Tokenize("one two four", new()))[..32]);

        // The same seed gives the same start, another one another.
        await host.TrainAsync(spec with { Output = new("again"), Data = spec.Data with { Steps = 1 } });
        Assert.Equal(start.WeightsHash, (await host.ModelAsync("again-start")).WeightsHash);
        await host.TrainAsync(spec with { Output = new("other"), Seed = 5, Base = spec.Base! with { Tiny = spec.Base.Tiny! with { KeepStart = false } }, Data = spec.Data with { Steps = 1 } });
        Assert.NotEqual((await host.ModelAsync("again")).WeightsHash, (await host.ModelAsync("other")).WeightsHash);
    }

    [Fact]
    public void Untrained_it_finds_the_text_that_shares_words()
    {
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        string[] topics = ["granite quarry basalt", "violin sonata cello", "harbor schooner anchor", "glacier moraine tundra", "orchard pear cider"];
        string[] texts = [.. topics.Select(topic => string.Join(' ', Enumerable.Repeat($"the {topic} of the year", 6)))];
        var folder = Path.Combine(Directory.CreateTempSubdirectory("reasonir-tiny-").FullName, "tiny");
        try
        {
            TinyFolder.Make(folder, texts, new(2, 256, 4, 4, 688, Vocabulary: 600, MaxTokens: 128), 3, TestContext.Current.CancellationToken);
            using var encoder = ModelFolder.Open(folder);
            var documents = encoder.Encode(texts, cancellationToken: TestContext.Current.CancellationToken);
            var queries = encoder.Encode([.. topics.Select(topic => $"the {topic} year")], cancellationToken: TestContext.Current.CancellationToken);
            for (var query = 0; query < topics.Length; query++)
                Assert.Equal(query, Enumerable.Range(0, texts.Length).MaxBy(text => TensorPrimitives.Dot<float>(queries.AsSpan(query * 256, 256), documents.AsSpan(text * 256, 256))));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
        }
    }
}

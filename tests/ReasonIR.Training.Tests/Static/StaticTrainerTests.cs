using ReasonIR.Models;
using ReasonIR.Retrieval.Pairs;
using ReasonIR.Training.Static;
using Xunit;

namespace ReasonIR.Training.Tests.Static;

public sealed class StaticTrainerTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("reasonir-static-training-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Training_lowers_the_held_out_loss_and_tells_every_step()
    {
        var progress = new List<StaticProgress>();
        var documents = TopicCorpus.Documents();
        SampledPairs? source = null;
        var result = new StaticTrainer(TopicCorpus.Input(documents, pairs: heldOut => source = new([.. documents.Where(d => !heldOut.Contains(d.Id))], 0)), TopicCorpus.Options)
            .Train(progress.Add, cancellation: Cancellation);

        Assert.True(result.BestLoss < result.StartLoss, $"{result.StartLoss} to {result.BestLoss}");
        Assert.Equal(12, result.HeldOutDocuments.Count);
        Assert.Empty(result.HeldOutDocuments.Intersect(source!.Seen));
        Assert.Equal(Enumerable.Range(1, result.Steps), progress.Where(p => p.Loss is not null).Select(p => p.Step));
        var looks = progress.Where(p => p.HeldOutLoss is not null).ToList();
        Assert.Equal(result.BestLoss, looks.Min(p => p.HeldOutLoss));
        Assert.Equal(result.BestStep, looks.MinBy(p => p.HeldOutLoss)!.Step);
        Assert.All(progress.Where(p => p.Loss is not null), p => Assert.True(p is { GradientNorm: > 0, LearningRate: 0.003f, PairsPerSecond: > 0 }));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_whatever_the_threads_and_another_seed_others()
    {
        var first = TrainAndSave("a", TopicCorpus.Options with { Threads = 1 });
        Assert.Equal(first, TrainAndSave("b", TopicCorpus.Options with { Threads = 3 }));
        Assert.NotEqual(first, TrainAndSave("c", TopicCorpus.Options with { Seed = 1 }));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(15)]
    public void A_run_that_was_interrupted_ends_with_the_same_bits(int cutAt)
    {
        var options = TopicCorpus.Options with { CheckpointEvery = 5, Patience = 100 };
        var whole = TrainAndSave("whole", options);
        var checkpoint = Path.Combine(folder, "checkpoint.safetensors");

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var seen = new List<int>();
        Assert.Throws<OperationCanceledException>(() => new StaticTrainer(TopicCorpus.Input(TopicCorpus.Documents()), options)
            .Train(p => { if (p.Step == cutAt && p.Loss is not null) stop.Cancel(); }, checkpoint, stop.Token));
        Assert.Equal(whole, TrainAndSave("resumed", options, checkpoint, p => { if (p.Loss is not null) seen.Add(p.Step); }));

        // It went on from the last checkpoint, not from the start.
        Assert.Equal(cutAt / 5 * 5 + 1, seen[0]);
        Assert.Equal(["checkpoint.safetensors"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused()
    {
        var checkpoint = Path.Combine(folder, "checkpoint.safetensors");
        var options = TopicCorpus.Options with { CheckpointEvery = 5, MaxSteps = 10 };
        TrainAndSave("a", options, checkpoint);
        Assert.Contains("another corpus or other options", Assert.Throws<InvalidDataException>(() => TrainAndSave("b", options with { Seed = 4 }, checkpoint)).Message);
    }

    [Fact]
    public void The_exported_folder_encodes_as_the_trained_rows_do()
    {
        var documents = TopicCorpus.Documents();
        var result = new StaticTrainer(TopicCorpus.Input(documents), TopicCorpus.Options).Train(cancellation: Cancellation);
        result.Save(Path.Combine(folder, "trained"), "trained");
        result.SaveStart(Path.Combine(folder, "start"), "start", Cancellation);
        using var trained = ModelFolder.Open(Path.Combine(folder, "trained"));
        using var start = ModelFolder.Open(Path.Combine(folder, "start"));
        Assert.Equal(16, trained.Dimension);
        Assert.Contains("static encoder", File.ReadAllText(Path.Combine(folder, "trained", "README.md")));

        // The trainer's own vectors: weights folded into rows and rows copied to words must change nothing.
        string[] texts = [.. documents.Take(40).Select(document => $"{document.Title} {document.Text}"), "topicawordas common3", "unknownword"];
        var served = trained.Encode(texts, cancellationToken: Cancellation);
        Assert.Equal(result.Encode(texts), served, (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.NotEqual(start.Encode(texts, cancellationToken: Cancellation), served);
        Assert.Equal(1, served.Take(16).Sum(x => x * x), 1e-5);
        Assert.Equal(0, served.TakeLast(16).Sum(x => x * x));
    }

    [Fact]
    public void The_check_without_labels_compares_with_the_ranks_it_is_given()
    {
        var result = new StaticTrainer(TopicCorpus.Input(TopicCorpus.Documents()), TopicCorpus.Options with { MaxSteps = 10 }).Train(cancellation: Cancellation);
        var probes = new List<HeldOutProbe>();
        var perfect = result.CompareWithBm25((probe, _) => { probes.Add(probe); return [.. probe.Queries.Select(_ => 1)]; }, Cancellation);
        Assert.False(perfect.BetterThanBm25);
        Assert.Contains("not offered", perfect.ToString());
        Assert.True(result.CompareWithBm25((probe, _) => [.. probe.Queries.Select(_ => 0)], Cancellation).BetterThanBm25);

        Assert.All(probes, probe => Assert.All(probe.Queries, query =>
        {
            Assert.Contains(query.DocumentId, result.HeldOutDocuments);
            Assert.DoesNotContain(query.Text, probe.Documents.Single(d => d.Id == query.DocumentId).Text);
        }));
        // Each round asks with another sentence.
        var asked = probes.SelectMany(probe => probe.Queries).ToList();
        Assert.Equal(asked.Count, asked.Distinct().Count());
        Assert.Throws<ArgumentException>(() => result.CompareWithBm25((_, _) => [], Cancellation));
    }

    [Fact]
    public void Other_hard_negatives_give_another_loss()
    {
        var documents = TopicCorpus.Documents();
        double[] losses = [.. new[] { "", documents[0].Text, documents[^1].Text }.Select(FirstLoss)];
        Assert.True(losses[1] > losses[0]);
        Assert.NotEqual(losses[1], losses[2]);

        double FirstLoss(string negative)
        {
            double? first = null;
            new StaticTrainer(TopicCorpus.Input(documents, pairs: heldOut => new SampledPairs([.. documents.Where(d => !heldOut.Contains(d.Id))], 0,
                _ => negative.Length == 0 ? [] : [[negative]])), TopicCorpus.Options with { MaxSteps = 1 }).Train(p => first ??= p.Loss, cancellation: Cancellation);
            return first!.Value;
        }
    }

    [Fact]
    public void An_empty_source_and_a_corpus_without_words_are_refused()
    {
        var documents = TopicCorpus.Documents(topics: 2);
        Assert.Contains("may be empty", Assert.Throws<InvalidOperationException>(() => Train(TopicCorpus.Input(documents, pairs: _ => new SampledPairs([], 0)))).Message);
        Assert.Contains("no words", Assert.Throws<InvalidOperationException>(() => Train(TopicCorpus.Input([new PairDocument("a", "The", "of and !")]))).Message);
        static StaticResult Train(StaticTrainingInput input) => new StaticTrainer(input, TopicCorpus.Options).Train(cancellation: Cancellation);
    }

    [Fact]
    public void Tiny_and_one_sentence_corpora_still_give_a_model()
    {
        var tiny = new StaticTrainer(TopicCorpus.Input([new PairDocument("a", "", "red apples grow on trees"), new PairDocument("b", "", "fish swim in cold rivers")]), TopicCorpus.Options).Train(cancellation: Cancellation);
        Assert.Equal((0, "no documents to hold out"), (tiny.Steps, tiny.StoppedBecause));
        tiny.Save(Path.Combine(folder, "tiny"), "tiny");
        using var encoder = ModelFolder.Open(Path.Combine(folder, "tiny"));
        var vectors = encoder.Encode(["red apples", "trees", "rivers"], cancellationToken: Cancellation);
        Assert.True(Dot(0, 1) > 0.95);
        Assert.True(Dot(0, 2) < 0.5);

        var sentences = TopicCorpus.Documents().Select((d, i) => new PairDocument($"s{i}", "", SentenceSplitter.Split(d.Text)[0])).ToList();
        var short1 = new StaticTrainer(TopicCorpus.Input(sentences), TopicCorpus.Options).Train(cancellation: Cancellation);
        Assert.NotNull(short1.StartLoss);
        Assert.True(short1.CompareWithBm25((probe, _) => [.. probe.Queries.Select(_ => 0)], Cancellation).Queries > 0);

        double Dot(int i, int j) => Enumerable.Range(0, 16).Sum(d => vectors[i * 16 + d] * vectors[j * 16 + d]);
    }

    /// <summary>The judge's start must not know which document a held-out sentence came from: on random text, where nothing can be learned, it finds no more than chance.</summary>
    [Fact]
    public void The_judge_learns_nothing_from_random_text()
    {
        var random = new Random(3);
        var documents = Enumerable.Range(0, 60).Select(i => new PairDocument($"r{i}", "", string.Join(' ', Enumerable.Range(0, 4).Select(_ =>
            "The " + string.Join(' ', Enumerable.Range(0, 12).Select(_ => $"w{random.Next(3000)}")) + ".")))).ToList();
        var result = new StaticTrainer(TopicCorpus.Input(documents), TopicCorpus.Options with { Dimension = 64, MaxSteps = 20 }).Train(cancellation: Cancellation);
        Assert.InRange(result.StartLoss!.Value, Math.Log(60), 50);
        Assert.InRange(result.CompareWithBm25((probe, _) => [.. probe.Queries.Select(_ => 1)], Cancellation).Encoder, 0, 0.3);
    }

    [Fact]
    public void A_setting_outside_its_range_is_named() =>
        Assert.Contains("Temperature", Assert.Throws<ArgumentOutOfRangeException>(() =>
            new StaticTrainer(TopicCorpus.Input(TopicCorpus.Documents(1)), TopicCorpus.Options with { Temperature = 0 }).Train(cancellation: Cancellation)).Message);

    byte[] TrainAndSave(string name, StaticOptions options, string? checkpoint = null, Action<StaticProgress>? progress = null)
    {
        var result = new StaticTrainer(TopicCorpus.Input(TopicCorpus.Documents(), options.Seed), options).Train(progress, checkpoint, Cancellation);
        var model = Path.Combine(folder, name);
        result.Save(model, "model");
        return File.ReadAllBytes(Path.Combine(model, "model.safetensors"));
    }
}

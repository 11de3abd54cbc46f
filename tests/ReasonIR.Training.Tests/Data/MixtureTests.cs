using ReasonIR.Models.Transformers;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Data;

namespace ReasonIR.Training.Tests.Data;

public sealed class MixtureTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Examples are their keys: number, and how many share each.</summary>
    sealed class Numbers(string name, int count, int shared = 1) : IExampleSource
    {
        public string Name => name;
        public int Count => count;
        public string Fingerprint => name;

        public void AddKeys(int example, int pass, List<long> keys)
        {
            keys.Add(SeededDraw.Hash($"{name} query {example / shared}"));
            keys.Add(SeededDraw.Hash($"{name} positive {example}"));
        }

        public DrawnExample Draw(int example, int pass, SeededDraw draw) =>
            new($"{name}/{example}", new([example + 1], 0), [new(new([draw.Below(1000)], 0), example, float.NaN)], [], [example]);

        public void Dispose()
        {
        }
    }

    static async Task<List<string[]>> EpochAsync(MixtureBatches batches, int epoch)
    {
        var read = new List<string[]>();
        for (var step = 0; step < batches.StepsPerEpoch; step++)
            read.Add([.. (await batches.ReadAsync(epoch * batches.StepsPerEpoch + step, Token)).ExampleIds!]);
        return read;
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(8, true)]
    [InlineData(7, true)]
    [InlineData(64, false)]
    public async Task In_proportion_every_example_comes_once_an_epoch_in_another_order(int size, bool single)
    {
        using var batches = new MixtureBatches([new Numbers("a", 50), new Numbers("b", 23)], new(size, single));
        var first = await EpochAsync(batches, 0);
        var second = await EpochAsync(batches, 1);
        foreach (var epoch in new[] { first, second })
        {
            Assert.Equal(73, epoch.SelectMany(batch => batch).Distinct().Count());
            Assert.Equal(73, epoch.Sum(batch => batch.Length));
            if (single)
                Assert.All(epoch, batch => Assert.Single(batch.Select(name => name[0]).Distinct()));
            else if (size < 64)
                Assert.Contains(epoch, batch => batch.Select(name => name[0]).Distinct().Count() == 2);
        }
        Assert.NotEqual(first.SelectMany(batch => batch), second.SelectMany(batch => batch));
    }

    [Fact]
    public async Task Weights_and_temperature_decide_the_shares()
    {
        int[] counts = [900, 90, 10];
        Assert.Equal(counts, new MixtureSettings(8).PerEpoch(counts));
        Assert.Equal(counts, new MixtureSettings(8, Temperature: 1).PerEpoch(counts));
        Assert.Equal([500, 250, 250], new MixtureSettings(8, Weights: [2, 1, 1]).PerEpoch(counts));
        var even = new MixtureSettings(8, Temperature: 1e9).PerEpoch(counts);
        Assert.Equal(1000, even.Sum());
        Assert.All(even, share => Assert.InRange(share, 333, 334));
        var between = new MixtureSettings(8, Temperature: 2).PerEpoch(counts);
        Assert.InRange(between[2], 11, 332);
        Assert.Equal(1000, between.Sum());

        // A small source is gone through several times an epoch, a large one over several epochs, both evenly.
        using var batches = new MixtureBatches([new Numbers("large", 900), new Numbers("small", 10)], new(10, Weights: [1, 1]));
        Assert.Equal([455, 455], batches.PerEpoch);
        var seen = new Dictionary<string, int>();
        for (var epoch = 0; epoch < 2; epoch++)
            foreach (var name in (await EpochAsync(batches, epoch)).SelectMany(batch => batch))
                seen[name] = seen.GetValueOrDefault(name) + 1;
        Assert.All(seen.Where(pair => pair.Key.StartsWith("small")), pair => Assert.InRange(pair.Value, 60, 100));
        Assert.Equal(900, seen.Count(pair => pair.Key.StartsWith("large")));
        Assert.All(seen.Where(pair => pair.Key.StartsWith("large")), pair => Assert.InRange(pair.Value, 1, 2));
    }

    [Theory]
    [InlineData(200, 5, 10)]
    [InlineData(64, 8, 8)]
    [InlineData(100, 3, 32)]
    [InlineData(30, 30, 5)]
    public async Task No_batch_has_two_examples_of_one_query(int count, int shared, int size)
    {
        foreach (var seed in Enumerable.Range(0, 5))
        {
            using var batches = new MixtureBatches([new Numbers("a", count, shared), new Numbers("b", count / 2, shared)], new(size, Seed: seed));
            var epoch = await EpochAsync(batches, 1);
            Assert.All(epoch, batch => Assert.Equal(batch.Length, batch.Select(name => $"{name[0]}{int.Parse(name[2..]) / shared}").Distinct().Count()));
            var leftOut = await batches.LeftOutAsync();
            // Where each query comes at most once a batch there is room for all but those of which there are more than batches.
            var groups = (double)(count + count / 2) / shared;
            if (shared <= batches.StepsPerEpoch && groups >= size)
                Assert.InRange(leftOut, 0, (count + count / 2) / 20);
            Assert.Equal(leftOut, count + count / 2 - (await EpochAsync(batches, 0)).SelectMany(batch => batch).Distinct().Count());
        }
    }

    [Fact]
    public async Task The_step_is_the_whole_state()
    {
        MixtureBatches New() => new([new Numbers("a", 57, 2), new Numbers("b", 31)], new(6, Weights: [1, 2], Seed: 4));
        using var whole = New();
        var all = new List<ContrastiveBatch>();
        for (var step = 0; step < 70; step++)
            all.Add(await whole.ReadAsync(step, Token));
        foreach (var start in new[] { 0, 1, 14, 15, 33, 69 })
        {
            using var resumed = New();
            Assert.Equal(whole.Fingerprint, resumed.Fingerprint);
            for (var step = start; step < Math.Min(70, start + 20); step++)
            {
                var batch = await resumed.ReadAsync(step, Token);
                Assert.Equal(all[step].ExampleIds, batch.ExampleIds);
                Assert.Equal(all[step].Passages.Select(text => text.Ids[0]), batch.Passages.Select(text => text.Ids[0]));
            }
        }
        using var other = new MixtureBatches([new Numbers("a", 57, 2), new Numbers("b", 31)], new(6, Weights: [1, 2], Seed: 5));
        Assert.NotEqual(whole.Fingerprint, other.Fingerprint);
        Assert.NotEqual(all[0].ExampleIds, (await other.ReadAsync(0, Token)).ExampleIds);
    }

    [Fact]
    public async Task A_rest_that_is_too_small_is_left_out()
    {
        using var batches = new MixtureBatches([new Numbers("a", 10)], new(4, SmallestBatch: 4));
        Assert.Equal(2, batches.StepsPerEpoch);
        Assert.All(await EpochAsync(batches, 0), batch => Assert.Equal(4, batch.Length));
        Assert.Equal(2, await batches.LeftOutAsync());
        Assert.Throws<InvalidDataException>(() => new MixtureBatches([new Numbers("a", 3)], new(4, SmallestBatch: 4)));
        Assert.Throws<InvalidDataException>(() => new MixtureBatches([new Numbers("a", 3), new Numbers("b", 0)], new(4)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(9, 9)]
    public async Task Positives_and_negatives_are_drawn_each_step(int positives, int negatives)
    {
        using var folder = new TestFolder();
        var examples = Letters.Examples(12, 3);
        var into = folder.New();
        using (var builder = new TokenSetBuilder(into, Letters.Tokens, Letters.Settings))
        {
            examples.ForEach(builder.Add);
            builder.Finish();
        }
        using var batches = new MixtureBatches([new StoredSource("letters", new TokenSet(into), positives, negatives)], new(12));
        var drawn = new HashSet<string>();
        for (var step = 0; step < 30; step++)
        {
            var batch = await batches.ReadAsync(step, Token);
            batch.Validate();
            Assert.NotNull(batch.Weights);
            Assert.NotNull(batch.ReasonedQueries);
            foreach (var (i, name) in batch.ExampleIds!.Index())
            {
                var example = examples.Single(one => $"letters/{one.Number}" == name);
                var own = Enumerable.Range(0, batch.Passages.Count).Where(j => batch.Groups.QueryOf(j) == i).ToList();
                var rows = batch.Groups.RowPairs.Where(pair => pair.Query == i).Select(pair => pair.Positive).ToList();
                Assert.Equal(Math.Min(positives, example.Positives.Count), rows.Count);
                Assert.Equal(Math.Min(negatives, example.Negatives.Count), own.Count - rows.Count);
                // What is drawn as a positive is known as one, by its document or its text.
                Assert.All(rows, j => Assert.Contains(batch.PassageIds![j], batch.KnownPositives![i]));
                Assert.Equal(example.Weight, batch.Weights![i]);
                Assert.Subset(example.Positives.Concat(example.Negatives).Select(p => p.Score).ToHashSet(), own.Select(j => batch.TeacherScores![j]).ToHashSet());
                drawn.Add($"{name}:{string.Join(' ', own.SelectMany(j => batch.Passages[j].Ids))}");
            }
        }
        // Not the same ones each time, where there is a choice.
        Assert.True(drawn.Count > 12);
    }
}

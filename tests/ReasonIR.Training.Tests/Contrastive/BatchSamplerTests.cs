using ReasonIR.Training.Contrastive;
using Xunit;

namespace ReasonIR.Training.Tests.Contrastive;

public sealed class BatchSamplerTests
{
    static ListTrainingData Data(int count, Func<int, string> positive) =>
        new([.. Enumerable.Range(0, count).Select(i => new TrainingExample($"query {i}", [positive(i)], []))], "test");

    [Fact]
    public async Task An_epoch_shows_every_example_once_and_the_next_in_another_order()
    {
        var sampler = new BatchSampler(Data(23, i => $"text {i}"), 5, 7, noDuplicates: false);
        Assert.Equal(5, sampler.StepsPerEpoch);
        var epochs = new List<int[]>();
        for (var epoch = 0; epoch < 2; epoch++)
        {
            var all = new List<int>();
            for (var step = 0; step < 5; step++)
            {
                var (numbers, of) = await sampler.At(epoch * 5 + step, TestContext.Current.CancellationToken);
                Assert.Equal(epoch, of);
                Assert.Equal(step < 4 ? 5 : 3, numbers.Length);
                all.AddRange(numbers);
            }
            Assert.Equal(Enumerable.Range(0, 23), all.Order());
            epochs.Add([.. all]);
        }
        Assert.NotEqual(epochs[0], epochs[1]);
    }

    [Fact]
    public async Task Another_sampler_finds_the_same_batch_at_once()
    {
        var data = Data(100, i => $"text {i / 2}");
        foreach (var apart in new[] { false, true })
        {
            var (first, second) = (new BatchSampler(data, 8, 1, apart), new BatchSampler(data, 8, 1, apart));
            for (var step = 0; step < 17; step++)
                await first.At(step, TestContext.Current.CancellationToken);
            Assert.Equal((await first.At(17, TestContext.Current.CancellationToken)).Numbers, (await second.At(17, TestContext.Current.CancellationToken)).Numbers);
        }
    }

    [Fact]
    public async Task Without_duplicates_no_text_occurs_twice_in_a_batch()
    {
        var sampler = new BatchSampler(Data(60, i => $"text {i % 15}"), 10, 3, noDuplicates: true);
        for (var step = 0; step < sampler.StepsPerEpoch; step++)
        {
            var (numbers, _) = await sampler.At(step, TestContext.Current.CancellationToken);
            Assert.Equal(numbers.Length, numbers.Select(n => n % 15).Distinct().Count());
        }
    }
}

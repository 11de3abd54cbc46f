using ReasonIR.Training.Data;

namespace ReasonIR.Training.Tests.Data;

/// <summary>Two examples of one positive would be each other's negatives: they never meet in a batch.</summary>
public sealed class SharedPositiveTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_batch_has_two_examples_of_one_positive(bool byDocument)
    {
        const int examples = 120, documents = 30;
        using var folder = new TestFolder();
        var into = folder.New();
        var random = new Random(5);
        var texts = Enumerable.Range(0, documents).Select(_ => Letters.Word(random, 12)).ToArray();
        // Each with a positive of its own too; by document the shared one's text differs from example to example.
        using (var builder = new TokenSetBuilder(into, Letters.Tokens, Letters.Settings))
        {
            for (var i = 0; i < examples; i++)
            {
                var shared = i % documents;
                builder.Add(new(i, Letters.Word(random, 9), null,
                    [new(Letters.Word(random, 10), 0, 1), byDocument ? new(Letters.Word(random, 11), 1000 + shared, 1) : new(texts[shared], 0, 1)], [], 1, null));
            }
            builder.Finish();
        }
        using var batches = new MixtureBatches([new StoredSource("letters", new TokenSet(into), 1, 0)], new(10));
        var seen = new List<int>();
        for (var step = 0; step < batches.StepsPerEpoch; step++)
        {
            var numbers = (await batches.ReadAsync(step, Token)).ExampleIds!.Select(name => int.Parse(name["letters/".Length..])).ToList();
            Assert.Equal(numbers.Count, numbers.Select(number => number % documents).Distinct().Count());
            seen.AddRange(numbers);
        }
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.InRange(seen.Count, examples * 9 / 10, examples);
    }
}

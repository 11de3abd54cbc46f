using ReasonIR.Check.Golden;
using ReasonIR.Testing;
using Xunit;

namespace ReasonIR.Tokenizers.Tests;

/// <summary>Hugging Face's tokenizers, field by field, through the same code as <c>check golden</c>.</summary>
public sealed class GoldenTests
{
    [Theory]
    [InlineData("all-MiniLM-L6-v2", 445)]
    [InlineData("wordpiece-uncased", 445)]
    [InlineData("wordpiece-cased", 445)]
    [InlineData("wordpiece-uncased-accents", 403)]
    [InlineData("bpe-trainer", 3)]
    [InlineData("gpt2", 445)]
    [InlineData("llama-3", 445)]
    [InlineData("bpe-bytelevel-llama3", 445)]
    [InlineData("bpe-bytelevel-gpt2-prefix", 445)]
    public async Task Agrees_with_the_reference(string name, int cases)
    {
        var folder = SharedData.Require($"golden/tokenizers/{name}");

        var results = await GoldenCheck.RunAsync(folder, SharedData.Root, TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.True(result.Succeeded, result.ToJson()));
        Assert.Equal(cases, results.Sum(result => result.Cases));
    }
}

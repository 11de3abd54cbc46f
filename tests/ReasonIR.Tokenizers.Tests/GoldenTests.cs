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
    [InlineData("qwen2", 445)]
    [InlineData("bpe-metaspace", 445)]
    [InlineData("bpe-metaspace-legacy", 445)]
    [InlineData("unigram-xlmr-e5", 445)]
    [InlineData("unigram-xlmr-bge", 445)]
    [InlineData("pipeline-z1", 191)]
    [InlineData("pipeline-z2", 191)]
    [InlineData("pipeline-z3", 191)]
    [InlineData("pipeline-z4", 191)]
    [InlineData("pipeline-z5", 191)]
    [InlineData("pipeline-z6", 191)]
    [InlineData("pipeline-z7", 191)]
    public async Task Agrees_with_the_reference(string name, int cases)
    {
        var folder = SharedData.Require($"golden/tokenizers/{name}");

        var results = await GoldenCheck.RunAsync(folder, SharedData.Root, TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.True(result.Succeeded, result.ToJson()));
        Assert.Equal(cases, results.Sum(result => result.Cases));
    }
}

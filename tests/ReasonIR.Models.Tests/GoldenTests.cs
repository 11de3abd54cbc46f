using ReasonIR.Check.Golden;
using ReasonIR.Testing;
using ReasonIR.Torch;
using Xunit;

namespace ReasonIR.Models.Tests;

/// <summary>transformers' and sentence-transformers' outputs, through the same code as <c>check golden</c>.</summary>
public sealed class GoldenTests
{
    [Theory]
    [InlineData("bert", 17)]
    [InlineData("roberta", 9)]
    [InlineData("modernbert", 9)]
    [InlineData("cross-encoder-bert", 74)]
    [InlineData("cross-encoder-bert-6-labels", 74)]
    [InlineData("cross-encoder-xlm-roberta", 74)]
    [InlineData("xlm-roberta", 15)]
    [InlineData("all-MiniLM-L6-v2", 200)]
    [InlineData("st-dense", 52)]
    [InlineData("st-dense-v6", 52)]
    [InlineData("st-cls", 13)]
    [InlineData("st-exclude-prompt", 52)]
    public async Task Agrees_with_the_reference(string name, int cases)
    {
        var folder = SharedData.Require($"golden/models/{name}");
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");

        var results = await GoldenCheck.RunAsync(folder, SharedData.Root, TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.True(result.Succeeded, result.ToJson()));
        Assert.Equal(cases, results.Sum(result => result.Cases));
    }
}

using ReasonIR.Check.Golden;
using ReasonIR.Testing;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Golden;

/// <summary>The reference outputs of the field's tools, through the same code as <c>check golden</c>.</summary>
public sealed class GoldenTests
{
    [Theory]
    [InlineData("fusion", 9)]
    [InlineData("measures", 27)]
    [InlineData("statistics", 6)]
    [InlineData("parquet", 57)]
    public async Task Agrees_with_the_reference(string area, int groups)
    {
        var folder = SharedData.Require($"golden/{area}");

        var results = await GoldenCheck.RunAsync(folder, SharedData.Root, TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.True(result.Succeeded, result.ToJson()));
        Assert.Equal(groups, results.Count);
    }
}

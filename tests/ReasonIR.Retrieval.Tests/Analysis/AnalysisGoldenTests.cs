using ReasonIR.Check.Golden;
using ReasonIR.Testing;

namespace ReasonIR.Retrieval.Tests.Analysis;

public sealed class AnalysisGoldenTests
{
    [Fact]
    public async Task Equals_Lucene_token_by_token()
    {
        var groups = await GoldenCheck.RunAsync(
            SharedData.Require("golden/analysis"), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(5, groups.Count);
        Assert.All(groups, group => Assert.True(group.Succeeded, group.ToJson()));
    }
}

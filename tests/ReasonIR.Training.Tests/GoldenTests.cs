using ReasonIR.Check.Golden;
using ReasonIR.Testing;
using ReasonIR.Torch;
using Xunit;

namespace ReasonIR.Training.Tests;

/// <summary>torch's and transformers' losses, schedules and a whole run, through the same code as <c>check golden</c>.</summary>
public sealed class GoldenTests
{
    [Theory]
    [InlineData("losses", 133)]
    [InlineData("schedules", 42)]
    [InlineData("bert", 132)]
    [InlineData("llama", 124)]
    [InlineData("lora", 57)]
    public async Task Agrees_with_the_reference(string name, int cases)
    {
        var folder = SharedData.Require($"golden/training/{name}");
        if (name != "schedules" && !TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");

        var results = await GoldenCheck.RunAsync(folder, SharedData.Root, TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.True(result.Succeeded, result.ToJson()));
        Assert.Equal(cases, results.Sum(result => result.Cases));
    }
}

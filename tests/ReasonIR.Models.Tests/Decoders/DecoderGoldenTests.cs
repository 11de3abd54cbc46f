using ReasonIR.Check.Golden;
using ReasonIR.Testing;
using ReasonIR.Torch;
using Xunit;

namespace ReasonIR.Models.Tests.Decoders;

/// <summary>
/// transformers' outputs of decoders, causal and bidirectional. The reference's single texts equal the rows of its right-padded and
/// left-padded batches; packed sequences have no padding at all, and the pooled vectors here come from one packed batch of all.
/// </summary>
public sealed class DecoderGoldenTests
{
    [Theory]
    [InlineData("llama", 26)]
    [InlineData("llama-untied", 26)]
    [InlineData("llama-bf16", 26)]
    [InlineData("llama-f16", 26)]
    [InlineData("llama-sharded", 26)]
    [InlineData("llama-config-v5", 17)]
    [InlineData("qwen2", 26)]
    [InlineData("qwen2-sliding", 17)]
    [InlineData("qwen3", 26)]
    [InlineData("mistral", 17)]
    [InlineData("mistral-sliding", 17)]
    [InlineData("gemma2", 17)]
    [InlineData("st-last-token", 26)]
    [InlineData("lora-llama", 14)]
    [InlineData("lora-llama-untied-rslora", 14)]
    [InlineData("llama-instruction-pooling", 46)]
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

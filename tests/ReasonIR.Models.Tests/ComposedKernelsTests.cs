using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using ReasonIR.Testing;
using ReasonIR.Torch;
using Xunit;

namespace ReasonIR.Models.Tests;

/// <summary>
/// What a GPU would be given: operations of libtorch in place of our own kernels, which a process computes on the CPU where
/// <c>REASONIR_KERNELS=composed</c> tells it to. Each family of layers agrees with the reference that way too, and so does training.
/// </summary>
public sealed class ComposedKernelsTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("models/llama", "models/mistral-sliding", "models/gemma2")]
    [InlineData("models/bert", "models/roberta", "models/modernbert", "models/cross-encoder-bert")]
    [InlineData("models/st-dense", "models/llama-instruction-pooling", "models/lora-llama", "training/bert")]
    public async Task What_a_GPU_would_compute_agrees_with_the_reference(params string[] groups)
    {
        var folders = groups.Select(group => SharedData.Require($"golden/{group}")).ToArray();
        if (!TorchRuntime.Status.Available)
            Assert.Skip($"libtorch is not available: {TorchRuntime.Status.Reason}");
        var start = new ProcessStartInfo("dotnet", [Assembly.Load("ReasonIR.Check").Location, "golden", .. folders]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["REASONIR_KERNELS"] = "composed";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Token);
        var output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, $"{output}\n{await errors}");
        var compared = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        // One folder may hold several groups: tokens, states, vectors, steps.
        Assert.All(groups, name => Assert.True(compared.Where(group => group.GetProperty("folder").GetString() == $"golden/{name}").Sum(group => group.GetProperty("cases").GetInt32()) > 0, $"{name}\n{output}"));
    }
}

using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Encoder.Serving;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;
using TorchSharp;

namespace ReasonIR.Encoder.Tests.Serving;

/// <summary>Counts what the whole process holds: nothing else may run beside it.</summary>
[CollectionDefinition(nameof(SoakTests), DisableParallelization = true)]
public sealed class SoakCollection;

/// <summary>The short form of <c>bench serve --seconds 60</c>, which watches the memory of a process of its own.</summary>
[Collection(nameof(SoakTests))]
public sealed class SoakTests(PostgresFixture postgres) : IDisposable
{
    const int Clients = 32;
    const long MostGrowth = 8 << 20;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-soak-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Thirty_two_clients_for_seconds_leave_no_error_no_tensor_and_no_memory_behind()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres, ("Serving:CacheBytes", "0"));
        await ServingFixture.RegisterAsync(service, "bert", TinyBert.Save(folder.FullName));
        await AskAsync(service.Http, TimeSpan.FromSeconds(2));
        var before = Held();
        var answers = await AskAsync(service.Http, TimeSpan.FromSeconds(6));
        var after = Held();
        Assert.InRange(answers, Clients, int.MaxValue);
        Assert.Equal(before.Tensors, after.Tensors);
        Assert.InRange(after.Bytes - before.Bytes, long.MinValue, MostGrowth);
        Assert.Equal(0, service.Services.GetRequiredService<ModelServer>().Loaded.Sum(model => model.Served!.WaitingTexts));
    }

    static (long Tensors, long Bytes) Held()
    {
        // What other tests forgot goes first, so that it is not counted before and gone after.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return (torch.Tensor.TotalCount, GC.GetTotalMemory(forceFullCollection: true));
    }

    static async Task<int> AskAsync(HttpClient http, TimeSpan time)
    {
        var (clock, answers) = (Stopwatch.StartNew(), 0);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            for (var i = 0; clock.Elapsed < time; i++)
            {
                var (status, body, _) = await ServingFixture.PostAsync(http, "/v1/embeddings", new { model = "bert", input = string.Join(' ', Enumerable.Repeat("text", 1 + (client + i) % 30)) });
                Assert.True(status == 200, body.ToString());
                Interlocked.Increment(ref answers);
            }
        })));
        return answers;
    }
}

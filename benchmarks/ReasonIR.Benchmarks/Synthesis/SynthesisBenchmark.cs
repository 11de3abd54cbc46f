using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Benchmarks.Synthesis;

/// <summary>
/// A synthesis run against a scripted chat server that answers after 200 ms, 64 requests in flight, Postgres durable: the rate of answers
/// against the ideal one (64 / 0.2 s), with one process and with two. The scripted server teaches nothing: this measures the engine.
/// </summary>
sealed class SynthesisBenchmark : IBenchmark
{
    const int InFlight = 64, Documents = 2000;
    static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(200);

    public string Name => "synthesis";

    public string Description => "hard queries and negatives from a scripted chat server of 200 ms latency, 64 requests in flight: the share of the ideal rate, one process and two";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var processes in new[] { 1, 2 })
        {
            if (!context.Wants($"{processes} process"))
                continue;
            await using var server = await SlowChatServer.StartAsync(Latency, cancellationToken);
            await using var services = await SynthesisProcesses.StartAsync(server.Endpoint, InFlight, cancellationToken);
            var documents = Documents * processes;
            await services.ImportAsync("bench", documents, cancellationToken);
            for (var i = 0; i < processes; i++)
                services.Add();
            await context.Log.WriteLineAsync($"{processes} process(es), {documents} documents");
            var output = await services.RunAsync(new SynthesizeSpec("bench", "bench", "llm", Llm: new LlmSettings(Concurrency: InFlight), Queries: new(), WrittenNegatives: new()), cancellationToken);
            if (output.Examples != documents)
                throw new InvalidOperationException($"Expected {documents} examples, found {output.Examples}.");
            var workload = $"{documents:N0} documents, 2 calls each of {Latency.TotalMilliseconds:0} ms, {processes} process{(processes > 1 ? "es" : "")} of {InFlight} requests in flight";
            var ideal = processes * InFlight / Latency.TotalSeconds;
            // Two processes, the server and Postgres share two cores: told, without a goal.
            yield return new(Name, workload, "share of the ideal rate, middle 80 % of the run", "share", server.Rate() / ideal, Goal: processes == 1 ? 0.95 : null, Limit: 1);
            yield return new(Name, workload, "answers, first to last", "1/s", server.WholeRate(), Limit: ideal);
            yield return new(Name, workload, "most requests in flight", "requests", server.MostInFlight, Limit: processes * InFlight);
        }
    }
}

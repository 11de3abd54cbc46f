using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Benchmarks.Synthesis;

/// <summary>
/// A synthesis run against a scripted chat server that answers after 200 ms, 64 requests in flight, Postgres durable: the rate of answers
/// against the ideal one (64 / 0.2 s), with one process and with two, and the processor time a call of each side. The scripted server
/// teaches nothing, and would be another machine: this measures the engine.
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
            await using var server = await SlowChatProcess.StartAsync(Latency, cancellationToken);
            await using var services = await SynthesisProcesses.StartAsync(server.Endpoint, InFlight, cancellationToken);
            var documents = Documents * processes;
            await services.ImportAsync("bench", documents, cancellationToken);
            for (var i = 0; i < processes; i++)
                await services.AddAsync(cancellationToken);
            await context.Log.WriteLineAsync($"{processes} process(es), {documents} documents");
            var cpu = MeasureAsync(server, services, documents * 2, cancellationToken);
            var output = await services.RunAsync(new SynthesizeSpec("bench", "bench", "llm", Llm: new LlmSettings(Concurrency: InFlight), Queries: new(), WrittenNegatives: new()), cancellationToken);
            if (output.Examples != documents)
                throw new InvalidOperationException($"Expected {documents} examples, found {output.Examples}.");
            var figures = await server.FiguresAsync(cancellationToken);
            var workload = $"{documents:N0} documents, 2 calls each of {Latency.TotalMilliseconds:0} ms, {processes} process{(processes > 1 ? "es" : "")} of {InFlight} requests in flight";
            var ideal = processes * InFlight / Latency.TotalSeconds;
            // Two processes, the server and Postgres share two cores: told, without a goal.
            yield return new(Name, workload, "share of the ideal rate, middle 80 % of the run", "share", figures.Rate / ideal, Goal: processes == 1 ? 0.95 : null, Limit: 1);
            yield return new(Name, workload, "answers, first to last", "1/s", figures.WholeRate, Limit: ideal);
            yield return new(Name, workload, "most requests in flight", "requests", figures.MostInFlight, Limit: processes * InFlight);
            var (service, database, scripted) = await cpu;
            yield return new(Name, workload, "processor time a call, Synthesis, middle 80 %", "ms", service, HigherIsBetter: false);
            yield return new(Name, workload, "processor time a call, Postgres, middle 80 %", "ms", database, HigherIsBetter: false);
            yield return new(Name, workload, "processor time a call, scripted server, middle 80 %", "ms", scripted, HigherIsBetter: false);
        }
    }

    /// <summary>Milliseconds of processor time a call, between a tenth and nine tenths of all calls.</summary>
    static async Task<(double Service, double Database, double Server)> MeasureAsync(SlowChatProcess server, SynthesisProcesses services, int calls, CancellationToken cancellation)
    {
        var begun = await AtAsync(calls / 10);
        var ended = await AtAsync(calls * 9 / 10);
        double Each(double from, double to) => (to - from) / (ended.Answered - begun.Answered) * 1000;
        return (Each(begun.Service, ended.Service), Each(begun.Database, ended.Database), Each(begun.Server, ended.Server));

        async Task<(int Answered, double Service, double Database, double Server)> AtAsync(int count)
        {
            while (true)
            {
                if (await server.FiguresAsync(cancellation) is { } figures && figures.Answered >= count)
                    return (figures.Answered, services.Processor, services.DatabaseProcessor, ProcessorTimes.WithChildren(server.ProcessId));
                await Task.Delay(200, cancellation);
            }
        }
    }
}

extern alias synthesis;

using ReasonIR.Benchmarks.Frame;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using Microsoft.Extensions.DependencyInjection;

namespace ReasonIR.Benchmarks.Synthesis;

/// <summary>The Synthesis service as processes of their own.</summary>
sealed class SynthesisProcesses : IAsyncDisposable
{
    readonly ServiceProcesses services;

    SynthesisProcesses(ServiceProcesses services) => this.services = services;

    /// <param name="chat">The chat endpoint.</param>
    /// <param name="inFlight">Requests in flight that each process may have.</param>
    public static async Task<SynthesisProcesses> StartAsync(Uri chat, int inFlight, CancellationToken cancellation) => new(await ServiceProcesses.StartAsync(new Dictionary<string, string>
    {
        ["REASONIR_CHAT_ENDPOINT"] = chat.AbsoluteUri,
        ["REASONIR_CHAT_MODEL"] = "slow",
        ["REASONIR_CHAT_CONCURRENCY"] = $"{inFlight}",
    }, durable: true, cancellation));

    /// <summary>Fills a corpus with texts of some words.</summary>
    public async Task ImportAsync(string corpus, int documents, CancellationToken cancellation)
    {
        using var scope = services.Store<IServiceScopeFactory>().CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<ExperimentsDb>();
        var row = new Corpus { Name = corpus };
        db.Corpora.Add(row);
        await db.SaveChangesAsync(cancellation);
        await services.Store<DocumentStore>().ImportAsync(row.Id, Enumerable.Range(0, documents).Select(number => new DocumentInput(
            $"d{number:00000}", $"Document {number}", string.Join(' ', Enumerable.Range(0, 200).Select(word => $"term{(number * 31 + word * 17) % 5000}")))).ToAsyncEnumerable(), cancellation: cancellation);
    }

    /// <summary>Seconds of processor time of the service's processes so far.</summary>
    public double Processor => services.Ids.Sum(ProcessorTimes.WithChildren);

    /// <summary>The same of Postgres, all of its processes.</summary>
    public double DatabaseProcessor => services.DatabaseSeconds();

    /// <summary>Starts a process of the service.</summary>
    public Task AddAsync(CancellationToken cancellation) => services.AddAsync(typeof(synthesis::Program).Assembly, cancellation);

    /// <summary>Runs a recipe to its end.</summary>
    public Task<SynthesizeOutput> RunAsync(SynthesizeSpec spec, CancellationToken cancellation) => services.RunAsync<SynthesizeSpec, SynthesizeOutput>(RunKinds.Synthesize, spec, cancellation);

    public ValueTask DisposeAsync() => services.DisposeAsync();
}

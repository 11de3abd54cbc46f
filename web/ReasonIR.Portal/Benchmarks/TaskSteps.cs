using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Runs;
using ReasonIR.Portal.Runs;

namespace ReasonIR.Portal.Benchmarks;

/// <summary>What has to be there before systems can be measured on a task: its corpus, and their indexes. Each is a run of its own.</summary>
public sealed class TaskSteps(RunSteps steps)
{
    /// <summary>Imports the task where its corpus is missing, and says where it has another size than the entry states.</summary>
    public async Task ImportAsync(RunContext run, string prefix, Benchmark benchmark, BenchmarkTask task, bool longDocuments, CancellationToken cancellation)
    {
        var corpus = benchmark.Corpus(task, longDocuments);
        if (!await HasAsync(run, corpus, cancellation))
            await steps.DoAsync(run, prefix, $"{task.Id}-import", Import(benchmark, task, corpus, longDocuments), cancellation);
        await CheckAsync(run, task, corpus, longDocuments, cancellation);
    }

    /// <summary>Builds the indexes that systems search; those of stored pipelines are built by whoever stored them.</summary>
    /// <param name="name">Of the place, for the steps' names.</param>
    public async Task IndexAsync(RunContext run, string prefix, string name, string corpus, IReadOnlyList<SystemSpec> systems, CancellationToken cancellation)
    {
        if (systems.Any(system => system.Kind is "bm25" or "hybrid" || system is { Kind: "pipeline", Stages: null } || system.Stages?.Retrievers.Any(retriever => retriever.Kind == "bm25") == true))
            await steps.DoAsync(run, prefix, $"{name}-bm25", new IndexSpec(corpus, "bm25"), cancellation);
        foreach (var model in systems.SelectMany(Models).Distinct())
            await steps.DoAsync(run, prefix, $"{name}-{model}", new IndexSpec(corpus, "dense", model), cancellation);
    }

    static IEnumerable<string> Models(SystemSpec system) => (system.Stages?.Retrievers.Select(retriever => retriever.Model) ?? []).Append(system.Model).OfType<string>();

    static ImportSpec Import(Benchmark benchmark, BenchmarkTask task, string corpus, bool longDocuments) => benchmark.Files(task, longDocuments) is { } files
        ? new(corpus, Format: benchmark.Format, Description: $"{benchmark.Title ?? benchmark.Name}, {task.Title ?? task.Id}{(longDocuments ? ", long documents" : "")}", Hub: files,
            Task: benchmark.Format == "bright-parquet" ? task.Id : null, Long: longDocuments)
        : throw new ArgumentException($"There is no corpus '{corpus}', and the benchmark names no repository: import its folder under that name first.");

    static async Task<bool> HasAsync(RunContext run, string corpus, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        return await db.Corpora.AnyAsync(row => row.Name == corpus, cancellation);
    }

    /// <summary>A corpus of another size is another benchmark: said, not refused, since sets are corrected now and then.</summary>
    static async Task CheckAsync(RunContext run, BenchmarkTask task, string corpus, bool longDocuments, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var documents = await db.Corpora.Where(row => row.Name == corpus).Select(row => row.DocumentCount).SingleAsync(cancellation);
        if (!longDocuments && task.Documents is { } expected && documents != expected)
            await run.LogAsync(RunLogLevel.Warning, $"{corpus} has {documents:N0} documents; the benchmark states {expected:N0}. Its figures are not comparable with published ones.");
    }
}

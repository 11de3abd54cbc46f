using System.Reflection;
using System.Runtime.InteropServices;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Search.Indexing;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Evaluation;

/// <summary>Collects where a result's numbers come from.</summary>
public sealed class ProvenanceReader(IndexCatalog catalog)
{
    static readonly string Code = typeof(ProvenanceReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
    static readonly string Hardware = DescribeHardware();

    /// <summary>The provenance of one system over one query set.</summary>
    public async Task<Provenance> ReadAsync(Corpus corpus, QuerySet set, SystemSpec system, int exclusions, int depth, CancellationToken ct)
    {
        var lexical = system.Kind == "dense" ? null : await catalog.FindAsync(corpus, "bm25", null, ct);
        var dense = system.Model is null ? null : await catalog.FindAsync(corpus, "dense", system.Model, ct);
        var parameters = dense is null ? null : IndexParameters.Of(dense);
        var model = dense?.Model;
        return new(
            Code,
            Hardware,
            corpus.ContentHash,
            set.ContentHash,
            SearchEngine.Spelled(system),
            lexical is null ? null : IndexParameters.Of(lexical).Analyzer,
            model?.Name,
            model?.Revision,
            model?.TokenizerHash,
            model?.Pooling,
            model is null || model.MaxTokens == 0 ? null : model.MaxTokens,
            parameters?.QueryPrompt,
            parameters?.DocumentPrompt,
            parameters?.Dtype,
            parameters is null ? null : $"{parameters.Backend}, exact, {parameters.Metric}",
            exclusions,
            depth,
            "trec_eval 9 rules; mean over queries with judgments");
    }

    static string DescribeHardware()
    {
        var cpu = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
        return $"{cpu ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores";
    }
}

using System.Reflection;
using System.Runtime.InteropServices;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Indexes;
using ReasonIR.Search.Indexing;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Evaluation;

/// <summary>Collects where a result's numbers come from.</summary>
public sealed class ProvenanceReader(IndexCatalog catalog, IndexProvenance indexes)
{
    static readonly string Code = typeof(ProvenanceReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
    static readonly string Hardware = DescribeHardware();

    /// <summary>The provenance of one system over the measured queries of a set.</summary>
    public async Task<Provenance> ReadAsync(
        Corpus corpus, QuerySet set, SystemSpec system, IReadOnlyList<Query> queries, EvaluateSpec spec, Spent spent, CancellationToken ct)
    {
        var lexical = system.Kind == "dense" ? null : await catalog.FindAsync(corpus, "bm25", null, ct);
        var dense = system.Model is null ? null : await catalog.FindAsync(corpus, "dense", system.Model, ct);
        var parameters = dense is null ? null : IndexParameters.Of(dense);
        var model = dense?.Model;
        var used = QueriesProvenance.Of(set, queries, spec.Exclusions);
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
            used.ExclusionsApplied ? used.ExclusionsListed : 0,
            spec.Depth,
            "trec_eval 9 rules; mean over queries with judgments")
        {
            Queries = used,
            Weights = model is null ? null : WeightsProvenance.Of(model, parameters!),
            Indexes = await indexes.ReadAsync([.. new[] { lexical, dense }.OfType<IndexEntry>()], ct),
            Spent = spent,
        };
    }

    static string DescribeHardware()
    {
        var cpu = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
        return $"{cpu ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores";
    }
}

using System.Reflection;
using System.Runtime.InteropServices;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Indexes;
using ReasonIR.Search.Indexing;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Evaluation;

/// <summary>Collects where a result's numbers come from.</summary>
public sealed class ProvenanceReader(IndexCatalog catalog, IndexProvenance indexes, QdrantServers qdrant)
{
    static readonly string Code = typeof(ProvenanceReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
    static readonly string Hardware = DescribeHardware();

    /// <summary>The provenance of one system over the measured queries of a set.</summary>
    public async Task<Provenance> ReadAsync(
        Corpus corpus, QuerySet set, SystemSpec system, IReadOnlyList<Query> queries, EvaluateSpec spec, Evaluated evaluated, CancellationToken ct)
    {
        var usesBm25 = system.Stages is { } stages ? stages.Retrievers.Any(retriever => retriever.Kind == "bm25") : system.Kind is not ("dense" or ImportRunHandler.Imported);
        var lexical = usesBm25 ? await catalog.FindAsync(corpus, "bm25", null, ct) : null;
        // The first encoder stands in the fields that other systems have too; a pipeline's part lists all of them.
        var first = system.Stages?.Retrievers.FirstOrDefault(retriever => retriever.Model is not null);
        var encoder = system.Model ?? first?.Model;
        var dense = encoder is null ? null : await catalog.FindAsync(corpus, "dense", encoder, ct);
        var parameters = dense is null ? null : IndexParameters.Of(dense);
        var model = dense?.Model;
        var prompt = evaluated.Prompts?.GetValueOrDefault(first?.Label ?? "dense") ?? parameters?.QueryPrompt;
        var used = QueriesProvenance.Of(set, queries, spec.Exclusions && system.Stages?.Exclusions?.Apply != false);
        var others = new List<IndexEntry?>();
        foreach (var retriever in system.Stages?.Retrievers ?? [])
            if (retriever.Model is { } name && name != encoder)
                others.Add(await catalog.FindAsync(corpus, "dense", name, ct));
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
            prompt,
            parameters?.DocumentPrompt,
            parameters?.Dtype,
            parameters is null ? null : $"{parameters.Backend}, {qdrant.Search(parameters.Dtype)}, {parameters.Metric}",
            used.ExclusionsApplied ? used.ExclusionsListed : 0,
            spec.Depth,
            "trec_eval 9 rules; mean over queries with judgments")
        {
            Queries = used,
            Weights = model is null ? null : WeightsProvenance.Of(model, prompt, parameters!.DocumentPrompt),
            Indexes = await indexes.ReadAsync([.. new[] { lexical, dense }.Concat(others).OfType<IndexEntry>()], ct),
            Spent = new(evaluated.Seconds, evaluated.Stages, (int)Noted(evaluated, "calls"), (decimal)Noted(evaluated, "cost")),
            Pipeline = system.Stages is null ? null : await PipelineAsync(system, evaluated, ct),
        };
    }

    static double Noted(Evaluated evaluated, string note) => evaluated.Stages.Sum(stage => stage.Notes?.GetValueOrDefault(note) ?? 0);

    async Task<PipelineProvenance> PipelineAsync(SystemSpec system, Evaluated evaluated, CancellationToken ct)
    {
        var spec = system.Stages!;
        var models = spec.Retrievers.Select(retriever => retriever.Model).Concat((spec.Rerank ?? []).Select(stage => stage.Model)).OfType<string>().ToList();
        var notes = evaluated.Stages.SelectMany(stage => (stage.Notes ?? new Dictionary<string, double>()).Select(note => (Name: $"{stage.Name}: {note.Key}", note.Value)))
            .GroupBy(note => note.Name).ToDictionary(group => group.Key, group => group.Sum(note => note.Value));
        return new(system.Pipeline, PipelineSpecs.Hash(spec), await catalog.RevisionsAsync(models, ct), evaluated.RewritesHash, notes.Count > 0 ? notes : null,
            evaluated.Prompts is { Count: > 0 } prompts ? prompts : null);
    }

    static string DescribeHardware()
    {
        var cpu = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
        return $"{cpu ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores";
    }
}

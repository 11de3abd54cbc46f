using ReasonIR.Contracts.Corpora;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Portal.Search;

/// <summary>
/// The systems that can answer over a corpus, and how addresses name them: <c>bm25</c>, <c>dense:MODEL</c>, <c>hybrid:MODEL</c>,
/// <c>pipeline:NAME</c>.
/// </summary>
public static class SearchSystems
{
    /// <summary>Every system whose indexes hold the corpus as it stands, the newest encoder first, pipelines last.</summary>
    public static IReadOnlyList<SystemSpec> Of(CorpusInfo corpus, IReadOnlyList<PipelineInfo>? pipelines = null)
    {
        var bm25 = corpus.Indexes.Any(index => index is { Kind: "bm25", Current: true });
        var models = corpus.Indexes.Where(index => index is { Kind: "dense", Current: true, Model: not null }).Select(index => index.Model!).Distinct().Reverse().ToList();
        return
        [
            .. bm25 ? [new("bm25", "bm25")] : Array.Empty<SystemSpec>(),
            .. bm25 ? models.Select(model => new SystemSpec("hybrid", "hybrid", model)) : [],
            .. models.Select(model => new SystemSpec("dense", "dense", model)),
            .. (pipelines ?? []).Where(pipeline => pipeline.Spec.Retrievers.All(retriever => retriever.Model is { } model ? models.Contains(model) : bm25))
                .Select(pipeline => new SystemSpec(pipeline.Name, "pipeline", Pipeline: pipeline.Name)),
        ];
    }

    /// <summary>The system as an address names it.</summary>
    public static string Key(SystemSpec system) => (system.Pipeline ?? system.Model) is { } name ? $"{system.Kind}:{name}" : system.Kind;

    /// <summary>The system as people read it.</summary>
    public static string Label(SystemSpec system) => (system.Pipeline ?? system.Model) is { } name ? $"{system.Kind}: {name}" : "BM25";
}

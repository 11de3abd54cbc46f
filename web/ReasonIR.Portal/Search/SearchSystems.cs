using ReasonIR.Contracts.Corpora;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Portal.Search;

/// <summary>The systems that can answer over a corpus, and how addresses name them: <c>bm25</c>, <c>dense:MODEL</c>, <c>hybrid:MODEL</c>.</summary>
public static class SearchSystems
{
    /// <summary>Every system whose indexes hold the corpus as it stands, the newest encoder first.</summary>
    public static IReadOnlyList<SystemSpec> Of(CorpusInfo corpus)
    {
        var bm25 = corpus.Indexes.Any(index => index is { Kind: "bm25", Current: true });
        var models = corpus.Indexes.Where(index => index is { Kind: "dense", Current: true, Model: not null }).Select(index => index.Model!).Distinct().Reverse().ToList();
        return
        [
            .. bm25 ? [new("bm25", "bm25")] : Array.Empty<SystemSpec>(),
            .. bm25 ? models.Select(model => new SystemSpec("hybrid", "hybrid", model)) : [],
            .. models.Select(model => new SystemSpec("dense", "dense", model)),
        ];
    }

    /// <summary>The system as an address names it.</summary>
    public static string Key(SystemSpec system) => system.Model is null ? system.Kind : $"{system.Kind}:{system.Model}";
}

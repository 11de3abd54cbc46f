using ReasonIR.Contracts.Embeddings;
using ReasonIR.Contracts.Passages;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Search.Indexing;
using ReasonIR.Search.Pipelines;

namespace ReasonIR.Search.Searching;

/// <summary>Finds which passage of each document fits a query best, by the first of the system's retrievers whose index has passages.</summary>
public sealed class HitPassages(IndexCatalog catalog, EmbeddingsClient encoder, PipelineCatalog pipelines)
{
    /// <summary>The passages' numbers from 0, in the order of the ids, null where one is not known; and the rule that cut them. Null: no index has passages.</summary>
    public async Task<(PassageRule Rule, int?[] Parts)?> FindAsync(Corpus corpus, SystemSpec system, string query, IReadOnlyList<string> ids, CancellationToken ct)
    {
        if (ids.Count == 0)
            return null;
        if (system is { Kind: "pipeline", Stages: null })
            system = await pipelines.PinAsync(system, ct);
        system = system.Instructed(instruction => instruction.For(corpus.Name));
        foreach (var (model, instruction, settings) in Retrievers(system))
            if (await (model is null ? LexicalAsync(corpus, settings, query, ids, ct) : DenseAsync(corpus, model, query, instruction, ids, ct)) is { } found)
                return found;
        return null;
    }

    async Task<(PassageRule, int?[])?> DenseAsync(Corpus corpus, string model, string query, string? instruction, IReadOnlyList<string> ids, CancellationToken ct)
    {
        var (index, made) = await catalog.VectorsAsync(corpus, model, ct);
        if (PassageRule.Parse(made.Passages) is not { } rule)
            return null;
        var vector = (await encoder.EncodeQueriesAsync(model, [query], instruction, ct)).Vectors[0];
        return (rule, await index.BestPartsAsync(vector, ids, ct));
    }

    async Task<(PassageRule, int?[])?> LexicalAsync(Corpus corpus, Bm25Settings? settings, string query, IReadOnlyList<string> ids, CancellationToken ct)
    {
        var (index, passages) = await catalog.Bm25Async(corpus, ct);
        if (passages is null)
            return null;
        var parameters = Ranker.Parameters(settings);
        return (passages, await Task.Run(() => ids.Select(id => PassageRanking.Best(index, query, id, parameters)?.Part).ToArray(), ct));
    }

    /// <summary>Encoders first: they read the passage as a whole.</summary>
    static IEnumerable<(string? Model, string? Instruction, Bm25Settings? Bm25)> Retrievers(SystemSpec system) => system.Kind switch
    {
        "dense" => [(system.Model, system.Instruction?.Text, null)],
        "bm25" => [(null, null, system.Bm25)],
        "hybrid" => [(system.Model, system.Instruction?.Text, null), (null, null, system.Bm25)],
        _ => (system.Stages?.Retrievers ?? []).OrderByDescending(stage => stage.Kind == "dense").Where(stage => stage.Kind is "dense" or "bm25")
            .Select(stage => (stage.Model, stage.Instruction?.Text, stage.Bm25)),
    };
}

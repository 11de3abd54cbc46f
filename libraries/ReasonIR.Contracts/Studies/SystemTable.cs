using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Contracts.Studies;

/// <summary>BM25, dense, hybrid and reranked systems over the tasks of a benchmark. The first system is the one that the others are tested against.</summary>
/// <param name="Systems">The rows.</param>
public sealed record SystemTable(IReadOnlyList<SystemSpec> Systems)
{
    /// <summary>The usual rows: each BM25, each encoder alone, fused with each BM25, and all of these reranked by each reranker.</summary>
    /// <param name="variants">Of BM25.</param>
    /// <param name="models">Encoders.</param>
    /// <param name="rerankers">Reranking stages; the last systems are pipelines with one of them behind the first BM25, or behind its fusion with each encoder.</param>
    /// <param name="instruction">What encoders are told; null: nothing.</param>
    public static SystemTable Of(IReadOnlyList<string> variants, IReadOnlyList<string> models, IReadOnlyList<RerankStage> rerankers, QueryInstruction? instruction = null)
    {
        List<SystemSpec> systems = [.. variants.Select(variant => new SystemSpec($"bm25-{variant}", "bm25", Bm25: new(variant)))];
        systems.AddRange(models.Select(model => new SystemSpec($"dense-{model}", "dense", model, Instruction: instruction)));
        systems.AddRange(models.SelectMany(model => variants.Select(variant => new SystemSpec($"hybrid-{variant}-{model}", "hybrid", model, new(variant), Instruction: instruction))));
        var first = new RetrieverStage("bm25", Bm25: new(variants[0]));
        foreach (var stage in rerankers)
        {
            var by = stage.Model is null ? stage.Kind : $"{stage.Kind}-{stage.Model}";
            systems.Add(new($"bm25-{variants[0]}.{by}", "pipeline", Stages: new([first], Rerank: [stage])));
            systems.AddRange(models.Select(model => new SystemSpec(
                $"hybrid-{variants[0]}-{model}.{by}", "pipeline", Stages: new([first, new("dense", Model: model, Instruction: instruction)], Fusion: new("minmax"), Rerank: [stage]))));
        }
        return new(systems);
    }

    /// <summary>Every problem, each naming its field.</summary>
    public IEnumerable<string> Problems() => new EvaluateSpec("c", Systems).Problems().Select(problem => $"table.{problem}");
}

using System.Globalization;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Studies;

namespace ReasonIR.Portal.Components.Studies;

/// <summary>What the form of an experiment holds, and the spec that it means. Sets keep what was chosen while another experiment is looked at.</summary>
public sealed class ExperimentDraft
{
    /// <summary>Each experiment with what it answers.</summary>
    public static readonly IReadOnlyList<(string Name, string Title, string About)> Kinds =
    [
        ("rewrite-length", "Length of the rewrite", "How the measure grows with the tokens of a rewritten query, a line a retriever."),
        ("table", "BM25, dense, hybrid, reranked", "Each retriever alone, fused, and reranked, over corpora or the tasks of a benchmark."),
        ("negatives", "Easy and hard negatives", "The same data and recipe with the batch's other passages, with easier and with hard negatives."),
        ("mixture", "The mixture of data", "Public data alone, with varied lengths, with hard queries, and all together."),
    ];

    /// <summary>One of <see cref="Kinds"/>.</summary>
    public string Kind { get; set; } = "table";

    /// <summary>The benchmark that is measured on; null: <see cref="Corpora"/>.</summary>
    public Benchmark? Benchmark { get; set; }

    /// <summary>Ids of its tasks; none: all.</summary>
    public HashSet<string> Tasks { get; set; } = [];

    /// <summary>Its long documents.</summary>
    public bool Long { get; set; }

    /// <summary>Corpora that are there.</summary>
    public HashSet<string> Corpora { get; set; } = [];

    /// <summary>Which judged queries; empty: the usual ones.</summary>
    public string QuerySet { get; set; } = "";

    /// <summary>Variants of BM25; the first is what the other systems are tested against.</summary>
    public HashSet<string> Variants { get; set; } = ["lucene", "bright"];

    /// <summary>Encoders.</summary>
    public HashSet<string> Models { get; set; } = [];

    /// <summary>What encoders are told.</summary>
    public QueryInstruction? Instruction { get; set; }

    /// <summary><c>query-set:NAME</c>, <c>stored:NAME</c> or <c>llm</c>.</summary>
    public string Rewrites { get; set; } = "";

    /// <summary>Tokens between commas.</summary>
    public string Lengths { get; set; } = "64, 128, 256, 512, 1024, 2048";

    /// <summary>As <see cref="RewriteStage.Join"/>.</summary>
    public string Join { get; set; } = "replace";

    /// <summary>Where a language model writes: each step stops before its calls cost more.</summary>
    public double? MaxCost { get; set; }

    /// <summary><c>pointwise</c>, <c>listwise</c>, <c>encoder:MODEL</c>, <c>cross-encoder:MODEL</c>.</summary>
    public HashSet<string> Rerankers { get; set; } = [];

    /// <summary>Whether what is chosen asks a language model.</summary>
    public bool AsksModel => Kind == "rewrite-length" ? Rewrites == "llm" : Kind == "table" && Rerankers.Any(reranker => reranker is "pointwise" or "listwise");

    /// <summary>Where it does: in batches.</summary>
    public bool Batch { get; set; }

    /// <summary>Documents reranked.</summary>
    public int Depth { get; set; } = 100;

    /// <summary>A dataset with hard negatives.</summary>
    public string Hard { get; set; } = "";

    /// <summary>The same queries with easier ones; empty: none.</summary>
    public string Easy { get; set; } = "";

    /// <summary>Drawn a query.</summary>
    public int Negatives { get; set; } = 1;

    /// <summary>The mixture's public data.</summary>
    public HashSet<string> Public { get; set; } = [];

    /// <summary>The mixture's data of varied length.</summary>
    public HashSet<string> Varied { get; set; } = [];

    /// <summary>The mixture's data with hard queries.</summary>
    public HashSet<string> HardQueries { get; set; } = [];

    /// <summary>Whole numbers between commas; a model of each arm for each.</summary>
    public string Seeds { get; set; } = "0";

    /// <summary>YAML or JSON; empty: the default.</summary>
    public string Recipe { get; set; } = "";

    /// <summary>The experiment that is meant.</summary>
    /// <exception cref="ArgumentException">A field cannot be read; its name and what was expected stand in the message.</exception>
    public ExperimentSpec Spec()
    {
        var on = Benchmark is { } benchmark
            // An entry of one's own is known to its runs alone, so it goes along.
            ? new StudyScope(benchmark.Name, Tasks.Count == 0 ? null : [.. benchmark.Tasks.Select(task => task.Id).Where(Tasks.Contains)], Long,
                BenchmarkRegistry.Find(benchmark.Name) is null ? benchmark : null, QuerySet: Named(QuerySet))
            : new StudyScope(Corpora: [.. Corpora.Order(StringComparer.Ordinal)], QuerySet: Named(QuerySet));
        return Kind switch
        {
            "rewrite-length" => new(Kind, on, Section(), Batch: Batch && AsksModel),
            "table" => new(Kind, on, Table: Variants.Count == 0 ? throw new ArgumentException("BM25: expected one variant at least; the other systems are tested against it.")
                : SystemTable.Of(Ordered, [.. Models.Order(StringComparer.Ordinal)], [.. Rerankers.Order(StringComparer.Ordinal).Select(Reranker)], Instruction), Batch: Batch && AsksModel),
            "negatives" => new(Kind, on, Training: new(TrainingArms.Negatives(Hard, Named(Easy), Negatives), Read(), Numbers("Seeds", Seeds))),
            _ => new(Kind, on, Training: new(TrainingArms.Mixture([.. Public], [.. Varied], [.. HardQueries]), Read(), Numbers("Seeds", Seeds))),
        };
    }

    List<string> Ordered => [.. Variants.OrderByDescending(variant => variant == "lucene")];

    RewriteLength Section()
    {
        List<RetrieverStage> retrievers =
        [
            .. Ordered.Select(variant => new RetrieverStage("bm25", $"bm25-{variant}", Bm25: new(variant))),
            .. Models.Order(StringComparer.Ordinal).Select(model => new RetrieverStage("dense", Model: model, Instruction: Instruction)),
        ];
        return Rewrites.Split(':', 2) switch
        {
            ["llm"] => new(retrievers, "llm", null, Numbers("Tokens", Lengths), Join, new(MaxCost: MaxCost)),
            [var from, var set] => new(retrievers, from, set, Numbers("Tokens", Lengths), Join),
            _ => throw new ArgumentException("Rewrites: expected a set of rewrites or the language model, found none."),
        };
    }

    RerankStage Reranker(string text) => text.Split(':', 2) is [var kind, var model] ? new(kind, model, Depth) : new(text, Depth: Depth);

    TrainSpec? Read()
    {
        if (string.IsNullOrWhiteSpace(Recipe))
            return null;
        var (spec, problems) = TrainSpecs.Read(Recipe);
        return problems.Count == 0 ? spec : throw new ArgumentException($"Recipe: {string.Join(" ", problems)}");
    }

    static string? Named(string text) => text.Length == 0 ? null : text;

    static IReadOnlyList<int> Numbers(string field, string text) =>
    [
        .. text.Split(',', StringSplitOptions.TrimEntries).Select(part => int.TryParse(part, CultureInfo.InvariantCulture, out var number) ? number
            : throw new ArgumentException($"{field}: expected whole numbers between commas, found '{part}'.")),
    ];
}

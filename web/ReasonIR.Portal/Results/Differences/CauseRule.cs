using System.Text.RegularExpressions;

namespace ReasonIR.Portal.Results.Differences;

/// <summary>
/// Fields of the provenance that are one decision of whoever ran the evaluation, with the order of magnitude by which it usually moves
/// nDCG. The magnitude only orders causes that nobody measured; it is never shown as a figure.
/// </summary>
/// <param name="Name">The cause.</param>
/// <param name="Usual">Usual effect on nDCG, 0 to 1; 0 for what is recorded but moves nothing.</param>
/// <param name="Fields">Pattern of its fields.</param>
public sealed record CauseRule(string Name, double Usual, Regex Fields)
{
    /// <summary>Below that a cause is no reason for a difference that anybody sees.</summary>
    public const double Negligible = 0.002;

    /// <summary>What follows from another retriever: it does not count on its own then.</summary>
    static readonly string[] OfRetriever = ["encoder", "prompts", "pooling", "lengths", "precision", "bm25 variant", "bm25 parameters", "analyzer", "fusion", "passages", "index", "rewriting", "reranking", "retrievers"];

    /// <summary>What follows from other weights.</summary>
    static readonly string[] OfEncoder = ["prompts", "pooling", "lengths", "precision", "index"];

    /// <summary>The first whose pattern fits a field has it.</summary>
    public static IReadOnlyList<CauseRule> All { get; } =
    [
        Rule("unimportant", 0, @"^(spent|codeVersion$|hardware$|pipeline\.(notes|name|hash)|system\.(name|pipeline)$|system\.stages\.(name|description)$|queries\.version$|indexes\[\d+\]\.(id|runId|sha256)$)"),
        Rule("corpus", 0.3, @"^(corpusHash|indexes\[\d+\]\.documents)$"),
        Rule("queries", 0.15, @"^(queries\.(textsHash|rewrite|rewriteHash)|pipeline\.rewrites)$"),
        Rule("judgments", 0.1, @"^queries\.judgmentsHash$"),
        Rule("query set", 0.2, "^querySetHash$"),
        Rule("retriever", 0.12, @"^system\.kind$"),
        Rule("encoder", 0.08, @"^(model|modelRevision|pipeline\.models\b.*|tokenizerHash|system\.model|weights\.(kind|weightsHash|dimension|seed|source)|indexes\[\d+\]\.parameters\.(modelRevision|dimension))$"),
        Rule("exclusions", 0.06, @"^(exclusions|queries\.exclusions\w*|system\.stages\.exclusions\b.*)$"),
        Rule("rewriting", 0.1, @"^system\.stages\.rewrit"),
        Rule("reranking", 0.09, @"^system\.stages\.rerank"),
        Rule("retrievers", 0.08, @"^system\.stages\.retrievers\b"),
        Rule("prompts", 0.05, @"^(queryPrompt|documentPrompt|system\.instruction\b.*|pipeline\.prompts\b.*|weights\.\w+PromptBytes|indexes\[\d+\]\.parameters\.\w+Prompt)$"),
        Rule("bm25 variant", 0.04, @"^system\.bm25\.variant$"),
        Rule("pooling", 0.04, @"^(pooling|weights\.bidirectional)$"),
        Rule("lengths", 0.03, "^maxTokens$"),
        Rule("fusion", 0.025, @"^system\.(stages\.)?fusion\b"),
        Rule("analyzer", 0.02, @"^(analyzer|indexes\[\d+\]\.parameters\.analyzer)$"),
        Rule("bm25 parameters", 0.015, @"^system\.bm25\."),
        Rule("passages", 0.03, @"^indexes\[\d+\]\.parameters\.(passages|vectors)$"),
        Rule("measure rules", 0.01, "^measured$"),
        Rule("depth", 0.003, "^depth$"),
        Rule("index", 0.0025, @"^(indexKind|dtype|indexes\b.*)$"),
        Rule("precision", 0.0025, @"^weights\.compute$"),
        // What comes with the parts of a pipeline: unknown here, so each setting is a cause of its own.
        Rule("", 0.03, "."),
    ];

    /// <summary>The decisions that differ between two provenances, each with its fields.</summary>
    public static IReadOnlyList<(CauseRule Rule, IReadOnlyList<string> Fields)> Differing(IReadOnlyDictionary<string, string?> a, IReadOnlyDictionary<string, string?> b)
    {
        var different = ProvenanceFields.Different(a, b);
        // With its parts recorded on both sides, the hash of the whole set says nothing more.
        var parts = a.ContainsKey("queries.textsHash") && b.ContainsKey("queries.textsHash");
        var found = different.Where(field => !(parts && field == "querySetHash"))
            .GroupBy(field => Of(field) is { Name.Length: > 0 } rule ? rule : Of(field) with { Name = field })
            .ToDictionary(group => group.Key.Name, group => (Rule: group.Key, Fields: (IReadOnlyList<string>)[.. group]), StringComparer.Ordinal);
        Fold(found, "retriever", OfRetriever);
        Fold(found, "encoder", OfEncoder);
        return [.. found.Values.Where(cause => cause.Rule.Usual > 0)];
    }

    static void Fold(Dictionary<string, (CauseRule Rule, IReadOnlyList<string> Fields)> found, string whole, string[] parts)
    {
        if (!found.TryGetValue(whole, out var cause))
            return;
        foreach (var part in parts)
            if (found.Remove(part, out var folded))
                cause = (cause.Rule, [.. cause.Fields, .. folded.Fields]);
        found[whole] = cause;
    }

    static CauseRule Of(string field) => All.First(rule => rule.Fields.IsMatch(field));

    static CauseRule Rule(string name, double usual, string fields) => new(name, usual, new Regex(fields, RegexOptions.CultureInvariant));
}

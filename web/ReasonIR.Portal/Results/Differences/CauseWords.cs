using ReasonIR.Portal.Components;

namespace ReasonIR.Portal.Results.Differences;

/// <summary>Causes in plain words.</summary>
public static class CauseWords
{
    /// <summary>What A did and what B did.</summary>
    public static string Sentence(string cause, IReadOnlyList<string> fields, IReadOnlyDictionary<string, string?> a, IReadOnlyDictionary<string, string?> b)
    {
        string Of(IReadOnlyDictionary<string, string?> side, string field) => side.GetValueOrDefault(field) ?? "none";
        string Pair(string field) => $"A {Short(Of(a, field))}, B {Short(Of(b, field))}";
        return cause switch
        {
            "corpus" => "They searched different documents: the corpus has changed between the two. Their figures cannot be compared.",
            "queries" => a.GetValueOrDefault("queries.rewrite") != b.GetValueOrDefault("queries.rewrite")
                ? $"They searched with other texts of the queries. Rewrites: {Pair("queries.rewrite")}."
                : "They searched with other texts of the queries.",
            "judgments" => $"They were measured by other judgments: A by version {Of(a, "queries.version")} of the query set, B by version {Of(b, "queries.version")}.",
            "query set" => "The query set has changed between the two, and one of them did not record whether its texts, judgments or exclusions did.",
            "retriever" => $"Another kind of retriever: {Retriever("A", a)}, {Retriever("B", b)}.",
            "encoder" => $"Another encoder: A {Model(a)}, B {Model(b)}.",
            "exclusions" => $"Documents that a query excludes: A removed {Of(a, "exclusions")} before the cut, B removed {Of(b, "exclusions")}.",
            "prompts" => $"Another prompt: before a query {Quoted(a, "queryPrompt")} in A and {Quoted(b, "queryPrompt")} in B; before a document {Quoted(a, "documentPrompt")} and {Quoted(b, "documentPrompt")}.",
            "bm25 variant" => $"Another BM25: {Pair("system.bm25.variant")}.",
            "bm25 parameters" => $"Other parameters of BM25: A k1 {Of(a, "system.bm25.k1")}, b {Of(a, "system.bm25.b")}; B k1 {Of(b, "system.bm25.k1")}, b {Of(b, "system.bm25.b")}.",
            "pooling" => $"Token vectors become one in another way: {Pair("pooling")}.",
            "lengths" => $"Texts are cut at another length: {Pair("maxTokens")} tokens.",
            "analyzer" => $"Texts become terms by another analyzer: {Pair("analyzer")}.",
            "depth" => $"Another number of documents is kept for a query: {Pair("depth")}. Measures beyond the smaller one differ by that alone.",
            "passages" => $"Long documents are cut in another way: A {Passages(a)}, B {Passages(b)}.",
            "measure rules" => $"Measured by other rules: {Pair("measured")}.",
            _ => $"{char.ToUpperInvariant(Wording.Words(cause)[0])}{Wording.Words(cause)[1..]}: {string.Join("; ", fields.Take(6).Select(field => $"{Wording.Words(field.Split('.')[^1])} {Pair(field)}"))}.",
        };
    }

    static string Retriever(string side, IReadOnlyDictionary<string, string?> fields) => fields.GetValueOrDefault("system.kind") switch
    {
        "bm25" => $"{side} ranks by words (BM25, {fields.GetValueOrDefault("system.bm25.variant")})",
        "dense" => $"{side} ranks by vectors of {Model(fields)}",
        "hybrid" => $"{side} fuses BM25 with vectors of {Model(fields)}",
        "pipeline" => $"{side} is the pipeline {fields.GetValueOrDefault("system.pipeline") ?? fields.GetValueOrDefault("system.name")}",
        var kind => $"{side} is {kind ?? "not recorded"}",
    };

    static string Model(IReadOnlyDictionary<string, string?> fields) =>
        fields.GetValueOrDefault("model") is { } model ? $"{model} (weights {Wording.Hash(fields.GetValueOrDefault("weights.weightsHash") ?? fields.GetValueOrDefault("modelRevision"))})" : "none";

    static string Passages(IReadOnlyDictionary<string, string?> fields) => string.Join(" and ", fields
        .Where(field => field.Key.StartsWith("indexes[", StringComparison.Ordinal) && field.Key.EndsWith("].kind", StringComparison.Ordinal))
        .Select(field => fields.GetValueOrDefault(field.Key[..^"kind".Length] + "parameters.passages")?.Split(':') is { Length: 4 } rule
            ? $"by {rule[0]} into passages of {rule[1]}, {rule[2]} of them repeated, a document scoring as {(rule[3] == "max" ? "its best" : "their mean")}" : "not at all").Distinct()) is { Length: > 0 } words ? words : "not at all";

    static string Quoted(IReadOnlyDictionary<string, string?> fields, string name) => fields.GetValueOrDefault(name) is { Length: > 0 } text ? $"“{Short(text)}”" : "nothing";

    static string Short(string value) => value.Length > 80 ? value[..80] + "…" : value;
}

using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Pipelines;

/// <summary>How a query becomes another one before it is looked up.</summary>
/// <param name="From"><c>llm</c> (a language model writes it), <c>stored</c> (an imported set of rewrites) or <c>query-set</c> (the query of the same id in another query set of the
/// corpus, such as BRIGHT's <c>gpt4_reason</c>).</param>
/// <param name="Set">The name of that set.</param>
/// <param name="Join">What becomes of the original: <c>replace</c> (it is gone), <c>append</c> (the rewrite follows it) or <c>interleave</c> (both are
/// looked up, and each retriever's rankings are taken in turn, rank by rank, the original's first).</param>
/// <param name="Llm">For <c>llm</c>: how it is written.</param>
/// <param name="Tokens">Stored rewrites are cut to so many tokens, which are words and punctuation marks here: about 1.3 tokens of a language model each; null: they stay whole.</param>
public sealed record RewriteStage(string From, string? Set = null, string Join = "replace", RewriteByModel? Llm = null, int? Tokens = null)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.OneOf("rewrite.from", From, "llm", "stored", "query-set"),
        .. From is "stored" or "query-set" ? SpecChecks.Name("rewrite.set", Set) : [],
        .. From == "llm" && Set is not null ? new[] { $"rewrite.set: a language model needs none, found '{Set}'." } : [],
        .. From != "llm" && Llm is not null ? new[] { $"rewrite.llm: only rewriting from 'llm' has these settings, found '{From}'." } : [],
        .. Llm?.Problems("rewrite.llm") ?? [],
        .. From == "llm" && Tokens is not null ? new[] { "rewrite.tokens: a language model is asked for a length by rewrite.llm.tokens; only stored rewrites are cut." } : [],
        .. SpecChecks.Range("rewrite.tokens", Tokens, 1, 100_000),
        .. SpecChecks.OneOf("rewrite.join", Join, "replace", "append", "interleave"),
    ];
}

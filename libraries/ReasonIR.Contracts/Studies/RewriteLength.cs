using System.Text.Json.Serialization;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Contracts.Studies;

/// <summary>
/// The measure against the length of the rewrite (the paper's figure of test-time scaling), by retriever. A language model is asked for so many tokens;
/// stored rewrites are cut to so many (<see cref="RewriteStage.Tokens"/>), which shows what their beginnings are worth, not what a
/// model would write in that space. Each retriever is also asked the original queries, and stored rewrites as they are.
/// </summary>
/// <param name="Retrievers">Who ranks.</param>
/// <param name="From">As <see cref="RewriteStage.From"/>.</param>
/// <param name="Set">As <see cref="RewriteStage.Set"/>.</param>
/// <param name="Lengths">Tokens; null: 64 to 2,048, doubled each time.</param>
/// <param name="Join">As <see cref="RewriteStage.Join"/>.</param>
/// <param name="Llm">How a language model writes; its tokens are those of <paramref name="Lengths"/>.</param>
public sealed record RewriteLength(
    IReadOnlyList<RetrieverStage> Retrievers, string From = "query-set", string? Set = null, IReadOnlyList<int>? Lengths = null, string Join = "replace", RewriteByModel? Llm = null)
{
    /// <summary>What a row is called whose queries were not rewritten.</summary>
    public const string Original = "original";

    /// <summary>What a row is called whose rewrites were not cut.</summary>
    public const string Whole = "whole";

    /// <summary>The lengths that are meant, in tokens, ascending.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> MeantLengths => Lengths is null ? [64, 128, 256, 512, 1024, 2048] : [.. Lengths.Distinct().Order()];

    /// <summary>The systems of a retriever by condition: the original queries first, then the lengths, then whole rewrites.</summary>
    public IReadOnlyList<(string Condition, SystemSpec System)> Systems(RetrieverStage retriever)
    {
        var systems = new List<(string, SystemSpec)> { (Original, System(Original, null)) };
        foreach (var tokens in MeantLengths)
            systems.Add(($"{tokens} tokens", System($"{tokens}", From == "llm" ? new(From, null, Join, (Llm ?? new()) with { Tokens = tokens }) : new(From, Set, Join, Tokens: tokens))));
        if (From != "llm")
            systems.Add((Whole, System(Whole, new(From, Set, Join))));
        return systems;

        SystemSpec System(string suffix, RewriteStage? rewrite) => new($"{retriever.Label}-{suffix}", "pipeline", Stages: new([retriever], rewrite));
    }

    /// <summary>Every problem, each naming its field.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. Retrievers is { Count: > 0 and <= 10 } ? [] : new[] { $"rewriteLength.retrievers: expected 1 to 10, found {Retrievers?.Count ?? 0}." },
        .. Lengths is { Count: 0 or > 30 } ? new[] { $"rewriteLength.lengths: expected 1 to 30, found {Lengths.Count}." } : [],
        .. (Lengths ?? []).SelectMany((tokens, i) => SpecChecks.Range<int>($"rewriteLength.lengths[{i}]", tokens, 1, 100_000)),
        .. Retrievers is { Count: > 0 and <= 10 } && Lengths is not { Count: 0 or > 30 }
            ? Retrievers.OfType<RetrieverStage>().SelectMany(Systems).SelectMany(system => system.System.Problems("rewriteLength")).Distinct() : [],
        .. (Retrievers ?? []).OfType<RetrieverStage>().GroupBy(retriever => retriever.Label).Where(group => group.Count() > 1)
            .Select(group => $"rewriteLength.retrievers: {group.Count()} are called '{group.Key}'; expected different names."),
    ];
}

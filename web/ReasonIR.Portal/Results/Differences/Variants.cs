using System.Text.Json;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Portal.Results.Differences;

/// <summary>Evaluations that repeat one result with a single decision taken from another.</summary>
public static class Variants
{
    const int LongestName = 100;

    /// <summary>The run, or null where no setting of an evaluation makes that change (another corpus, other code).</summary>
    /// <param name="letter">What the reader calls the result.</param>
    public static VariantInfo? Of(string letter, ResultInfo result, ResultInfo other, string cause)
    {
        if (System(result) is not { } own || System(other) is not { } theirs || result.Outdated is not null)
            return null;
        var exclusions = Applied(result);
        var depth = Depth(result);
        switch (cause)
        {
            case "exclusions" when Applied(result) != Applied(other):
                exclusions = Applied(other);
                break;
            case "bm25 variant" when own.Bm25 is not null && theirs.Bm25 is not null:
                own = own with { Bm25 = own.Bm25 with { Variant = theirs.Bm25.Variant } };
                break;
            case "bm25 parameters" when own.Bm25 is not null && theirs.Bm25 is not null:
                own = own with { Bm25 = own.Bm25 with { K1 = theirs.Bm25.K1, B = theirs.Bm25.B } };
                break;
            case "fusion" when own.Fusion is not null && theirs.Fusion is not null:
                own = own with { Fusion = theirs.Fusion };
                break;
            case "encoder" when own.Model is not null && theirs.Model is not null && own.Model != theirs.Model:
                own = own with { Model = theirs.Model };
                break;
            case "prompts" when own.Model is not null && theirs.Model is not null && own.Instruction != theirs.Instruction:
                own = own with { Instruction = theirs.Instruction };
                break;
            case "depth":
                depth = Depth(other);
                break;
            default:
                return null;
        }
        var value = cause switch
        {
            "exclusions" => exclusions ? "with exclusions" : "without exclusions",
            "bm25 variant" => $"with BM25 {own.Bm25!.Variant}",
            "bm25 parameters" => Invariant($"with k1 {own.Bm25!.K1}, b {own.Bm25.B}"),
            "fusion" => $"with fusion {own.Fusion!.Method}",
            "encoder" => $"with {own.Model}",
            "prompts" => own.Instruction is null ? "without an instruction" : "with the other instruction",
            _ => $"with {depth} documents a query",
        };
        var suffix = new string([.. value.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]).Trim('-');
        var name = $"{result.System}-{suffix}";
        own = own with { Name = name.Length > LongestName ? name[..LongestName] : name };
        return new($"{letter} {value}", new EvaluateSpec(result.Corpus, [own], result.QuerySet, depth, own.Name, $"what {cause} changes in result {result.Id}", exclusions));
    }

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    static SystemSpec? System(ResultInfo result)
    {
        try
        {
            return result.Provenance.ValueKind == JsonValueKind.Object && result.Provenance.TryGetProperty("system", out var system) ? system.Deserialize<SystemSpec>(ReasonIrJson.Web) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static bool Applied(ResultInfo result) =>
        !(result.Provenance.TryGetProperty("queries", out var queries) && queries.ValueKind == JsonValueKind.Object && queries.TryGetProperty("exclusionsApplied", out var applied) && applied.ValueKind == JsonValueKind.False);

    static int Depth(ResultInfo result) => result.Provenance.TryGetProperty("depth", out var depth) && depth.TryGetInt32(out var value) ? value : 1000;
}

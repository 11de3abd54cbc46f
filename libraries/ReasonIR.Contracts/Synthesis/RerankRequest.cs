using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Synthesis;

/// <summary>Asks a language model how much texts help with a query.</summary>
/// <param name="Kind"><c>pointwise</c> or <c>listwise</c>.</param>
/// <param name="Query">The query.</param>
/// <param name="Documents">Texts, best first; at most 1,000.</param>
/// <param name="Settings">How it is asked.</param>
/// <param name="RunId">The run that pays; null: none.</param>
public sealed record RerankRequest(string Kind, string Query, IReadOnlyList<string> Documents, RerankByModel Settings, long? RunId = null)
{
    /// <summary>Every problem at once, each naming its field.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.OneOf("kind", Kind, "pointwise", "listwise"),
        .. string.IsNullOrWhiteSpace(Query) ? new[] { "query: expected a text, found none." } : [],
        .. Documents is { Count: > 0 and <= 1000 } ? [] : new[] { $"documents: expected 1 to 1,000, found {Documents?.Count ?? 0}." },
        .. Settings?.Problems("settings") ?? ["settings: expected fields, found none."],
    ];
}

/// <summary>Scores of texts.</summary>
/// <param name="Scores">In their order. Pointwise: the grade divided by 5, -1 where the answer held none, 0 where the text was refused. Listwise: the
/// number of texts behind it, divided by their number.</param>
/// <param name="ParseFailures">Answers without a grade, or windows without an order.</param>
/// <param name="Refused">Texts that the endpoint did not take.</param>
/// <param name="Use">What it took.</param>
public sealed record RerankAnswer(IReadOnlyList<double> Scores, int ParseFailures, int Refused, ModelUse Use);

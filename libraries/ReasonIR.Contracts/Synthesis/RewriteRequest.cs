using ReasonIR.Contracts.Pipelines;

namespace ReasonIR.Contracts.Synthesis;

/// <summary>Asks for rewrites of queries.</summary>
/// <param name="Queries">At most 256.</param>
/// <param name="Settings">How they are written.</param>
/// <param name="RunId">The run that pays; null: none.</param>
public sealed record RewriteRequest(IReadOnlyList<RewriteItem> Queries, RewriteByModel Settings, long? RunId = null)
{
    /// <summary>Every problem at once, each naming its field.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. Queries is { Count: > 0 and <= 256 } ? [] : new[] { $"queries: expected 1 to 256, found {Queries?.Count ?? 0}." },
        .. (Queries ?? []).Index().Where(item => string.IsNullOrWhiteSpace(item.Item?.Text)).Select(item => $"queries[{item.Index}].text: expected a text, found none."),
        .. Settings?.Problems("settings") ?? ["settings: expected fields, found none."],
    ];
}

/// <summary>A query to rewrite.</summary>
/// <param name="Text">The query.</param>
/// <param name="Passages">What an earlier round found, best first; null: there was none.</param>
public sealed record RewriteItem(string Text, IReadOnlyList<string>? Passages = null);

/// <summary>Rewrites.</summary>
/// <param name="Rewrites">[query][sample]; a query whose answer could not be used stands for itself.</param>
/// <param name="CutOff">Answers that ended at the token bound.</param>
/// <param name="Unusable">Answers that were empty or refused.</param>
/// <param name="Use">What it took.</param>
public sealed record RewriteAnswer(IReadOnlyList<IReadOnlyList<string>> Rewrites, int CutOff, int Unusable, ModelUse Use);

namespace ReasonIR.Retrieval.Collections;

/// <summary>A document of a collection.</summary>
/// <param name="Id">Unique in its collection; never empty.</param>
/// <param name="Title">Empty where there is none.</param>
/// <param name="Text">The body, without the title.</param>
/// <param name="MetadataJson">A JSON object with whatever else the source holds, or null.</param>
public sealed record CollectionDocument(string Id, string Title, string Text, string? MetadataJson = null)
{
    /// <summary>What is indexed and encoded: title, a blank, text. An empty title leaves the blank, which changes nothing.</summary>
    public string IndexText => $"{Title} {Text}";
}

/// <summary>A query.</summary>
/// <param name="ExcludedIds">Documents to remove from its rankings before the cut.</param>
/// <param name="MetadataJson">A JSON object with whatever else the source holds, or null.</param>
public sealed record CollectionQuery(string Id, string Text, IReadOnlyList<string> ExcludedIds, string? MetadataJson = null);

/// <summary>How relevant a document is to a query: 0 and below not at all, larger is better.</summary>
public readonly record struct Judgment(string QueryId, string DocumentId, int Grade);

namespace ReasonIR.Contracts.Corpora;

/// <summary>A corpus as lists show it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is.</param>
/// <param name="Documents">Documents held.</param>
/// <param name="Duplicates">Documents whose text another one of the corpus has too.</param>
/// <param name="ContentHash">Changes when any document changes.</param>
/// <param name="QuerySets">Its query sets.</param>
/// <param name="Indexes">Its indexes.</param>
/// <param name="CreatedAt">When it was first imported.</param>
public sealed record CorpusInfo(
    string Name,
    string? Description,
    long Documents,
    long Duplicates,
    string? ContentHash,
    IReadOnlyList<QuerySetInfo> QuerySets,
    IReadOnlyList<IndexInfo> Indexes,
    DateTimeOffset CreatedAt);

/// <summary>A set of queries over a corpus.</summary>
/// <param name="Name">Its name; for BEIR the split.</param>
/// <param name="Queries">Queries in it.</param>
/// <param name="Judged">Queries with at least one judgment.</param>
public sealed record QuerySetInfo(string Name, int Queries, int Judged);

/// <summary>An index of a corpus.</summary>
/// <param name="Kind"><c>bm25</c> or <c>dense</c>.</param>
/// <param name="Model">The encoder of a dense one.</param>
/// <param name="Documents">Documents in it.</param>
/// <param name="Current">Whether it holds the corpus as it stands now.</param>
/// <param name="RunId">The run that built it.</param>
public sealed record IndexInfo(string Kind, string? Model, long Documents, bool Current, long? RunId);

/// <summary>A document.</summary>
/// <param name="Id">Its id in the collection.</param>
/// <param name="Title">Its title; may be empty.</param>
/// <param name="Text">Its text.</param>
/// <param name="Metadata">Other fields of the import, as JSON.</param>
public sealed record DocumentInfo(string Id, string Title, string Text, string? Metadata = null);

/// <summary>A query with what is known about it.</summary>
/// <param name="Id">Its id in the collection.</param>
/// <param name="Text">Its text.</param>
/// <param name="Judgments">Judged documents and grades.</param>
/// <param name="Excluded">Documents that never count for it.</param>
public sealed record QueryInfo(string Id, string Text, IReadOnlyDictionary<string, int> Judgments, IReadOnlyList<string> Excluded);

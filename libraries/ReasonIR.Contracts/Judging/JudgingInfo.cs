namespace ReasonIR.Contracts.Judging;

/// <summary>Documents that some systems ranked near the top and nobody judged.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="QuerySet">The query set.</param>
/// <param name="Depth">How many of each ranking were pooled.</param>
/// <param name="Systems">The systems, with how much of the first ranks is judged.</param>
/// <param name="Items">A page of the pool, by query, best rank first.</param>
/// <param name="Total">How many there are.</param>
public sealed record PoolInfo(string Corpus, string QuerySet, int Depth, IReadOnlyList<PooledSystem> Systems, IReadOnlyList<PoolItem> Items, long Total);

/// <summary>A system whose ranking was pooled.</summary>
/// <param name="ResultId">Its result.</param>
/// <param name="System">Its name.</param>
/// <param name="Judged">Share of its first ranks, down to the depth, that is judged.</param>
public sealed record PooledSystem(long ResultId, string System, double Judged);

/// <summary>A document to judge.</summary>
/// <param name="QueryId">The query.</param>
/// <param name="QueryText">Its text.</param>
/// <param name="DocumentId">The document.</param>
/// <param name="Title">Its title.</param>
/// <param name="Text">Its text, cut at 4,000 characters.</param>
/// <param name="Ranks">Its rank by each system, from 1; 0: not within the depth.</param>
public sealed record PoolItem(string QueryId, string QueryText, string DocumentId, string Title, string Text, IReadOnlyList<int> Ranks);

/// <summary>Changes of judgments.</summary>
/// <param name="Changes">1 to 1,000 of them; all are made or none.</param>
/// <param name="Author">Who judges, as they name themselves.</param>
/// <param name="Note">Why; may be empty.</param>
public sealed record JudgeRequest(IReadOnlyList<JudgmentChangeInfo> Changes, string Author, string? Note = null)
{
    /// <summary>The highest grade.</summary>
    public const int MostGrade = 100;

    /// <summary>Every problem, each naming its field.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. Changes is { Count: > 0 and <= 1000 } ? [] : new[] { $"changes: expected 1 to 1,000, found {Changes?.Count ?? 0}." },
        .. string.IsNullOrWhiteSpace(Author) ? ["author: expected a name, found none."] : Array.Empty<string>(),
        .. Runs.SpecChecks.Length("author", Author, 100),
        .. Runs.SpecChecks.Length("note", Note, 2000),
        .. (Changes ?? []).Index().SelectMany(change => change.Item is null ? [$"changes[{change.Index}]: expected an object, found null."] : change.Item.Problems($"changes[{change.Index}]")),
    ];
}

/// <summary>A judgment to change.</summary>
/// <param name="QueryId">The query.</param>
/// <param name="DocumentId">The document.</param>
/// <param name="Grade">0 is not relevant, higher is better; null withdraws the judgment.</param>
public sealed record JudgmentChangeInfo(string QueryId, string DocumentId, int? Grade)
{
    /// <summary>Every problem, each naming its field below <paramref name="field"/>.</summary>
    public IEnumerable<string> Problems(string field) =>
    [
        .. string.IsNullOrEmpty(QueryId) ? [$"{field}.queryId: expected an id, found none."] : Array.Empty<string>(),
        .. string.IsNullOrEmpty(DocumentId) ? [$"{field}.documentId: expected an id, found none."] : Array.Empty<string>(),
        .. Runs.SpecChecks.Range($"{field}.grade", Grade, 0, JudgeRequest.MostGrade),
    ];
}

/// <summary>What was changed.</summary>
/// <param name="Changed">Judgments that are not as before.</param>
/// <param name="Version">The query set's version afterwards.</param>
public sealed record JudgeAnswer(int Changed, int Version);

/// <summary>A change of a judgment, kept for ever.</summary>
/// <param name="Version">The version of the query set that it made.</param>
/// <param name="QueryId">The query.</param>
/// <param name="DocumentId">The document.</param>
/// <param name="OldGrade">Before; null: not judged.</param>
/// <param name="NewGrade">After; null: withdrawn.</param>
/// <param name="Author">Who.</param>
/// <param name="Note">Why.</param>
/// <param name="At">When.</param>
public sealed record JudgmentEditInfo(int Version, string QueryId, string DocumentId, int? OldGrade, int? NewGrade, string Author, string Note, DateTimeOffset At);

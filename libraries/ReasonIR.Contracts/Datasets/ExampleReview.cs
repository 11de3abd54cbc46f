namespace ReasonIR.Contracts.Datasets;

/// <summary>What a reviewer says of examples; all of it is stored or nothing.</summary>
/// <param name="Author">Who reviews, as they name themselves.</param>
/// <param name="Items">1 to 1,000 of them, each of a different example. Each replaces what this reviewer said of the example before.</param>
public sealed record ReviewRequest(string Author, IReadOnlyList<ReviewItem> Items)
{
    /// <summary>Every problem, each naming its field.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. string.IsNullOrWhiteSpace(Author) ? ["author: expected a name, found none."] : Array.Empty<string>(),
        .. Runs.SpecChecks.Length("author", Author, 100),
        .. Items is { Count: > 0 and <= 1000 } ? [] : new[] { $"items: expected 1 to 1,000, found {Items?.Count ?? 0}." },
        .. (Items ?? []).Index().SelectMany(item => item.Item is null ? [$"items[{item.Index}]: expected an object, found null."] : item.Item.Problems($"items[{item.Index}]")),
        .. (Items ?? []).Where(item => item is not null).CountBy(item => item.Ordinal).Where(count => count.Value > 1).Take(1).Select(count => $"items: example {count.Key} is there twice."),
    ];
}

/// <summary>A reviewer's decision on one example.</summary>
/// <param name="Ordinal">The example.</param>
/// <param name="Verdict"><c>accepted</c>, <c>rejected</c>, or null: none (any more).</param>
/// <param name="Edit">Texts in place of the example's; null: they stand.</param>
/// <param name="Tags">Ten at most.</param>
/// <param name="Note">Why; may be empty.</param>
public sealed record ReviewItem(int Ordinal, string? Verdict = null, ExampleEdit? Edit = null, IReadOnlyList<string>? Tags = null, string? Note = null)
{
    /// <summary>Every problem, each naming its field below <paramref name="field"/>.</summary>
    public IEnumerable<string> Problems(string field) =>
    [
        .. Runs.SpecChecks.Range<int>($"{field}.ordinal", Ordinal, 0, int.MaxValue),
        .. Verdict is null or "accepted" or "rejected" ? [] : new[] { $"{field}.verdict: expected accepted, rejected or null, found '{Verdict}'." },
        .. Edit?.Problems($"{field}.edit") ?? [],
        .. Tags?.Count > 10 ? [$"{field}.tags: expected 10 at most, found {Tags.Count}."] : Array.Empty<string>(),
        .. (Tags ?? []).Index().Where(tag => tag.Item is not { Length: > 0 and <= 50 } || tag.Item.Trim() != tag.Item).Select(tag => $"{field}.tags[{tag.Index}]: expected 1 to 50 letters without spaces at the ends, found '{tag.Item}'."),
        .. Runs.SpecChecks.Length($"{field}.note", Note, 2000),
    ];
}

/// <summary>Texts in place of an example's. What is null stands as it is.</summary>
/// <param name="Instruction">Empty: none.</param>
/// <param name="Positives">The text of each positive, as many as the example has or fewer; a null one is left out.</param>
/// <param name="Negatives">The same of the negatives.</param>
public sealed record ExampleEdit(string? Query = null, string? Instruction = null, IReadOnlyList<string?>? Positives = null, IReadOnlyList<string?>? Negatives = null)
{
    const int MostLetters = 1_000_000, MostTexts = 10_000;

    internal IEnumerable<string> Problems(string field) =>
    [
        .. Query is not null && string.IsNullOrWhiteSpace(Query) ? [$"{field}.query: expected a text, found none."] : Array.Empty<string>(),
        .. Runs.SpecChecks.Length($"{field}.query", Query, MostLetters),
        .. Runs.SpecChecks.Length($"{field}.instruction", Instruction, 10_000),
        .. Texts($"{field}.positives", Positives),
        .. Positives is not null && Positives.All(text => text is null) ? [$"{field}.positives: expected one text at least, found none."] : Array.Empty<string>(),
        .. Texts($"{field}.negatives", Negatives),
    ];

    static IEnumerable<string> Texts(string field, IReadOnlyList<string?>? texts) => texts?.Count > MostTexts
        ? [$"{field}: expected {MostTexts} at most, found {texts.Count}."]
        : (texts ?? []).Index().SelectMany(text => text.Item is not null && string.IsNullOrWhiteSpace(text.Item)
            ? [$"{field}[{text.Index}]: expected a text, or null to leave it out, found an empty one."]
            : Runs.SpecChecks.Length($"{field}[{text.Index}]", text.Item, MostLetters));
}

/// <summary>A reviewer's decision as it is stored.</summary>
/// <param name="Id">Grows with time.</param>
public sealed record ReviewInfo(long Id, string Author, int Ordinal, string? Verdict, ExampleEdit? Edit, IReadOnlyList<string> Tags, string Note, DateTimeOffset At);

/// <summary>An example with what reviewers say of it now.</summary>
public sealed record ReviewedExample(ExampleInfo Example, IReadOnlyList<ReviewInfo> Reviews);

/// <summary>How far reviewers agree on which examples to keep.</summary>
/// <param name="Annotators">What each decided.</param>
/// <param name="Pairs">Each two of them.</param>
/// <param name="Reviewed">Examples with a verdict of anybody.</param>
/// <param name="Disputed">Examples that some accept and some reject.</param>
/// <param name="First">The first of those, by ordinal, 100 at most.</param>
public sealed record AgreementInfo(IReadOnlyList<AnnotatorInfo> Annotators, IReadOnlyList<AnnotatorPair> Pairs, int Reviewed, int Disputed, IReadOnlyList<int> First);

/// <summary>Two reviewers on the examples that both judged.</summary>
/// <param name="Agreed">Examples on which both say the same.</param>
/// <param name="Kappa">Cohen's kappa; null where it is not defined.</param>
public sealed record AnnotatorPair(string A, string B, int Both, int Agreed, double? Kappa);

/// <summary>Makes a version of what reviewers decided.</summary>
/// <param name="Rejected">An example leaves where <c>any</c> reviewer rejects it, where a <c>majority</c> of its verdicts does (a tie keeps it), or where <c>all</c> do.</param>
/// <param name="Unreviewed"><c>keep</c> or <c>drop</c> examples without a verdict.</param>
/// <param name="Authors">Whose reviews count; null: everybody's.</param>
public sealed record ApplyReviewsRequest(string Rejected = "any", string Unreviewed = "keep", IReadOnlyList<string>? Authors = null)
{
    /// <summary>Every problem, each naming its field.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. Runs.SpecChecks.OneOf("rejected", Rejected, "any", "majority", "all"),
        .. Runs.SpecChecks.OneOf("unreviewed", Unreviewed, "keep", "drop"),
        .. Authors?.Count is 0 or > 100 ? [$"authors: expected 1 to 100 names, found {Authors.Count}."] : Array.Empty<string>(),
    ];
}

/// <summary>The version that reviews made.</summary>
/// <param name="Made">False where these very reviews had been applied before: it is that version.</param>
public sealed record ApplyReviewsAnswer(DatasetVersionInfo Version, int Kept, int Rejected, int Edited, bool Made);

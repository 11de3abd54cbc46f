namespace ReasonIR.Experiments.Datasets;

/// <summary>What a reviewer said of an example at some time. Rows are only added: the last of a reviewer and an example counts.</summary>
public sealed class ExampleReview
{
    public long Id { get; init; }

    public long DatasetVersionId { get; init; }

    public int Ordinal { get; init; }

    /// <summary>As reviewers name themselves.</summary>
    public required string Author { get; init; }

    /// <summary>"accepted", "rejected", or null: none (any more).</summary>
    public string? Verdict { get; init; }

    /// <summary>JSON of <see cref="TextEdit"/>; null: the texts stand.</summary>
    public string? Edit { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public string Note { get; init; } = "";

    public DateTimeOffset At { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>The edit; null where there is none.</summary>
    public TextEdit? ReadEdit() => Edit is null ? null : ExperimentsJson.Read<TextEdit>(Edit);
}

/// <summary>Texts in place of an example's. What is null stands.</summary>
/// <param name="Instruction">Empty: none.</param>
/// <param name="Positives">A text a positive, in their order; null leaves that positive out.</param>
/// <param name="Negatives">The same of the negatives.</param>
public sealed record TextEdit(string? Query = null, string? Instruction = null, IReadOnlyList<string?>? Positives = null, IReadOnlyList<string?>? Negatives = null)
{
    /// <summary>The example with these texts. A passage whose text changes is no document any more, and its teacher's score no longer its own.</summary>
    public (string Query, string? Instruction, IReadOnlyList<Passage> Positives, IReadOnlyList<Passage> Negatives) Apply(Example example) => (
        Query ?? example.Query, Instruction is null ? example.Instruction : Instruction.Length == 0 ? null : Instruction,
        Changed(example.Positives, Positives), Changed(example.Negatives, Negatives));

    static IReadOnlyList<Passage> Changed(IReadOnlyList<Passage> passages, IReadOnlyList<string?>? texts) => texts is null ? passages
        : [.. passages.Zip(texts).Where(pair => pair.Second is not null).Select(pair => pair.Second == pair.First.Text ? pair.First : pair.First with { Text = pair.Second!, DocumentId = null, Score = null })];
}

using ReasonIR.Contracts.Datasets;
using ReasonIR.Portal.Datasets.Reviews;

namespace ReasonIR.Portal.Components.Datasets;

/// <summary>One reviewer's way through the examples of a version: forth and back, deciding, and taking back.</summary>
public sealed class ReviewSession(ReviewsService reviews, DatasetReference version, string author, string state)
{
    const int Batch = 20;

    readonly List<ReviewedExample> read = [];
    readonly Stack<(int Index, ReviewInfo? Before)> done = [];
    int at;
    bool last;

    /// <summary>The example to decide; null behind the last.</summary>
    public ReviewedExample? Current => at < read.Count ? read[at] : null;

    /// <summary>What this reviewer says of it.</summary>
    public ReviewInfo? Own => Current?.Reviews.LastOrDefault(review => review.Author == author && !Empty(review));

    /// <summary>What others say of it. Shown to somebody who has decided, or who came to settle a dispute.</summary>
    public IReadOnlyList<ReviewInfo> Others => Current is { } current && (Own?.Verdict is not null || state == "disputed") ? [.. current.Reviews.Where(review => review.Author != author && !Empty(review))] : [];

    /// <summary>How many there were to decide at the start.</summary>
    public long Total { get; private set; }

    /// <summary>Decisions that can be taken back.</summary>
    public int Undoable => done.Count;

    /// <summary>Reads the first examples.</summary>
    public Task BeginAsync(CancellationToken ct) => ReadAsync(ct);

    /// <summary>The next example; behind the last there is none.</summary>
    public async Task NextAsync(CancellationToken ct)
    {
        at = Math.Min(at + 1, read.Count);
        if (at == read.Count && !last)
            await ReadAsync(ct);
    }

    /// <summary>The one before.</summary>
    public void Previous() => at = Math.Max(0, at - 1);

    /// <summary>Stores what this reviewer says of the current example in place of what they said before.</summary>
    /// <exception cref="ArgumentException">It cannot be stored; nothing has changed.</exception>
    public async Task DecideAsync(string? verdict, ExampleEdit? edit, IReadOnlyList<string> tags, CancellationToken ct)
    {
        if (Current is null)
            return;
        var before = Own;
        await StoreAsync(at, new(Current.Example.Ordinal, verdict, edit, tags, before?.Note), ct);
        done.Push((at, before));
    }

    /// <summary>Puts things as they were before the last decision, and goes there.</summary>
    public async Task UndoAsync(CancellationToken ct)
    {
        if (!done.TryPeek(out var step))
            return;
        await StoreAsync(step.Index, new(read[step.Index].Example.Ordinal, step.Before?.Verdict, step.Before?.Edit, step.Before?.Tags, step.Before?.Note), ct);
        done.Pop();
        at = step.Index;
    }

    // What was taken back.
    static bool Empty(ReviewInfo review) => review is { Verdict: null, Edit: null, Tags.Count: 0, Note: "" };

    async Task StoreAsync(int index, ReviewItem item, CancellationToken ct)
    {
        var stored = await reviews.ReviewAsync(version, new(author, [item]), ct) ?? throw new ArgumentException("The version is gone.");
        var example = read[index];
        read[index] = example with { Reviews = [.. example.Reviews.Where(review => review.Author != author), stored[0]] };
    }

    async Task ReadAsync(CancellationToken ct)
    {
        var page = await reviews.ExamplesAsync(version, state, author, read.Count == 0 ? 0 : read[^1].Example.Ordinal + 1, 0, Batch, ct) ?? throw new ArgumentException("The version is gone.");
        if (read.Count == 0)
            Total = page.Total;
        read.AddRange(page.Items);
        last = page.Items.Count < Batch;
    }
}

using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Portal.Datasets.Reviews;

/// <summary>What reviewers say of the examples of a version.</summary>
public sealed class ReviewsService(IDbContextFactory<ExperimentsDb> databases, DatasetsService versions, ReviewStore reviews)
{
    /// <summary>Stores all decisions or none; null where there is no such version.</summary>
    /// <exception cref="ArgumentException">The request has problems, or the version cannot be reviewed.</exception>
    public async Task<IReadOnlyList<ReviewInfo>?> ReviewAsync(DatasetReference reference, ReviewRequest request, CancellationToken ct)
    {
        if (request.Problems().ToList() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join(" ", problems));
        if (await versions.ResolveAsync(reference, ct) is not { } version)
            return null;
        RequireExamples(version);
        try
        {
            var author = PostgresText.Clean(request.Author.Trim());
            return [.. (await reviews.AddAsync(version.Id, [.. request.Items.Select(item => new ExampleReview
            {
                DatasetVersionId = version.Id, Ordinal = item.Ordinal, Author = author, Verdict = item.Verdict, Edit = item.Edit is { } edit ? ExperimentsJson.Write(Texts(edit)) : null,
                Tags = [.. (item.Tags ?? []).Distinct().Select(tag => PostgresText.Clean(tag))], Note = PostgresText.Clean(item.Note?.Trim() ?? ""),
            })], ct)).Select(Describe)];
        }
        catch (KeyNotFoundException e)
        {
            throw new ArgumentException(e.Message, e);
        }
    }

    /// <summary>Examples with what reviewers say of them now; null where there is no such version.</summary>
    /// <param name="state"><c>all</c>, <c>reviewed</c>, <c>disputed</c>, <c>accepted</c> or <c>rejected</c> by anybody, or <c>open</c>: without a verdict of <paramref name="author"/>, or of anybody where none is named.</param>
    /// <param name="from">The least number of an example: whoever reviews the open ones goes on behind the last, while those before are open no more.</param>
    /// <exception cref="ArgumentException">The state is none of these.</exception>
    public async Task<Page<ReviewedExample>?> ExamplesAsync(DatasetReference reference, string state, string? author, int from, int skip, int take, CancellationToken ct)
    {
        if (await versions.ResolveAsync(reference, ct) is not { } version)
            return null;
        await using var db = await databases.CreateDbContextAsync(ct);
        var said = ReviewStore.Current(db, version.Id).Where(review => review.Verdict != null);
        var examples = db.Examples.AsNoTracking().Where(example => example.DatasetVersionId == version.Id && example.Ordinal >= from);
        examples = state switch
        {
            "all" => examples,
            "open" => examples.Where(example => !said.Any(review => review.Ordinal == example.Ordinal && (string.IsNullOrEmpty(author) || review.Author == author))),
            "reviewed" => examples.Where(example => said.Any(review => review.Ordinal == example.Ordinal)),
            "accepted" or "rejected" => examples.Where(example => said.Any(review => review.Ordinal == example.Ordinal && review.Verdict == state)),
            "disputed" => examples.Where(example => said.Any(review => review.Ordinal == example.Ordinal && review.Verdict == "accepted") && said.Any(review => review.Ordinal == example.Ordinal && review.Verdict == "rejected")),
            _ => throw new ArgumentException($"state: expected all, open, reviewed, disputed, accepted or rejected, found '{state}'."),
        };
        var page = await examples.OrderBy(example => example.Ordinal).Skip(skip).Take(take).ToListAsync(ct);
        var current = (await reviews.CurrentAsync(version.Id, [.. page.Select(example => example.Ordinal)], ct)).ToLookup(review => review.Ordinal);
        return new([.. page.Select(example => new ReviewedExample(DatasetsService.Describe(example), [.. current[example.Ordinal].Select(Describe)]))], await examples.LongCountAsync(ct));
    }

    /// <summary>All that was ever said, newest first; null where there is no such version.</summary>
    public async Task<Page<ReviewInfo>?> HistoryAsync(DatasetReference reference, int? ordinal, int skip, int take, CancellationToken ct)
    {
        if (await versions.ResolveAsync(reference, ct) is not { } version)
            return null;
        var (items, total) = await reviews.HistoryAsync(version.Id, ordinal, skip, take, ct);
        return new([.. items.Select(Describe)], total);
    }

    /// <summary>How far reviewers agree; null where there is no such version.</summary>
    public async Task<AgreementInfo?> AgreementAsync(DatasetReference reference, CancellationToken ct) =>
        await versions.ResolveAsync(reference, ct) is { } version ? Agreement.Of(await reviews.CurrentAsync(version.Id, cancellation: ct)) : null;

    /// <summary>What each reviewer of a version decided.</summary>
    public async Task<IReadOnlyList<AnnotatorInfo>> AnnotatorsAsync(long versionId, CancellationToken ct) => Agreement.Annotators(await reviews.CurrentAsync(versionId, cancellation: ct));

    /// <summary>A review as others see it.</summary>
    public static ReviewInfo Describe(ExampleReview review) => new(
        review.Id, review.Author, review.Ordinal, review.Verdict, review.ReadEdit() is { } edit ? new(edit.Query, edit.Instruction, edit.Positives, edit.Negatives) : null, review.Tags, review.Note, review.At);

    /// <summary>Refuses what reviews cannot be about.</summary>
    /// <exception cref="ArgumentException">The version is being made, or draws its pairs anew.</exception>
    public static void RequireExamples(DatasetVersion version)
    {
        if (version.SealedAt is null)
            throw new ArgumentException($"Version {version.Version} of {version.Dataset!.Name} is not complete yet and cannot be reviewed.");
        if (version.Kind == DatasetKind.Strategy)
            throw new ArgumentException($"Version {version.Version} of {version.Dataset!.Name} draws its pairs anew in training: what is stored are samples, and leaving one out changes nothing.");
    }

    static TextEdit Texts(ExampleEdit edit) => new(PostgresText.Clean(edit.Query), PostgresText.Clean(edit.Instruction), Clean(edit.Positives), Clean(edit.Negatives));

    static IReadOnlyList<string?>? Clean(IReadOnlyList<string?>? texts) => texts is null ? null : [.. texts.Select(text => PostgresText.Clean(text))];
}

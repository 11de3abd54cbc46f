using Microsoft.EntityFrameworkCore;

namespace ReasonIR.Experiments.Datasets;

/// <summary>Reviews of examples, with their history. Thread-safe.</summary>
public sealed class ReviewStore(IDbContextFactory<ExperimentsDb> contexts)
{
    /// <summary>Stores all reviews or none. They are of sealed versions: what is reviewed does not change underneath.</summary>
    /// <exception cref="KeyNotFoundException">The version has no such example, or an edit has more texts than the example.</exception>
    public async Task<IReadOnlyList<ExampleReview>> AddAsync(long versionId, IReadOnlyList<ExampleReview> reviews, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var ordinals = reviews.Select(review => review.Ordinal).ToList();
        var examples = await db.Examples.AsNoTracking().Where(example => example.DatasetVersionId == versionId && ordinals.Contains(example.Ordinal)).ToDictionaryAsync(example => example.Ordinal, cancellation);
        foreach (var review in reviews)
            Check(review, examples.GetValueOrDefault(review.Ordinal));
        db.ExampleReviews.AddRange(reviews);
        await db.SaveChangesAsync(cancellation);
        return reviews;
    }

    /// <summary>What each reviewer says now, by example and reviewer: of a version, or of some of its examples.</summary>
    public async Task<IReadOnlyList<ExampleReview>> CurrentAsync(long versionId, IReadOnlyList<int>? ordinals = null, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await Current(db, versionId).Where(review => ordinals == null || ordinals.Contains(review.Ordinal))
            .OrderBy(review => review.Ordinal).ThenBy(review => review.Id).ToListAsync(cancellation);
    }

    /// <summary>All that was ever said, newest first; of one example where it is named.</summary>
    public async Task<(IReadOnlyList<ExampleReview> Items, long Total)> HistoryAsync(long versionId, int? ordinal, int skip, int take, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var reviews = db.ExampleReviews.AsNoTracking().Where(review => review.DatasetVersionId == versionId && (ordinal == null || review.Ordinal == ordinal));
        return (await reviews.OrderByDescending(review => review.Id).Skip(skip).Take(take).ToListAsync(cancellation), await reviews.LongCountAsync(cancellation));
    }

    /// <summary>The last review of each reviewer and example, as a query to build on. Those that took everything back are left out.</summary>
    public static IQueryable<ExampleReview> Current(ExperimentsDb db, long versionId) => db.ExampleReviews.FromSql($"""
        select * from (select distinct on (ordinal, author) * from example_reviews where dataset_version_id = {versionId} order by ordinal, author, id desc) as latest
        where verdict is not null or edit is not null or tags <> '[]' or note <> ''
        """).AsNoTracking();

    static void Check(ExampleReview review, Example? example)
    {
        if (example is null)
            throw new KeyNotFoundException($"ordinal: the version has no example {review.Ordinal}.");
        if (review.ReadEdit() is not { } edit)
            return;
        foreach (var (field, texts, passages) in new[] { ("positives", edit.Positives, example.Positives), ("negatives", edit.Negatives, example.Negatives) })
            if (texts is not null && texts.Count != passages.Count)
                throw new KeyNotFoundException($"edit.{field}: example {review.Ordinal} has {passages.Count}, found {texts.Count}; null leaves one out.");
    }
}

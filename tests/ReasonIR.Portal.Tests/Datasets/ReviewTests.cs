using ReasonIR.Contracts;
using ReasonIR.Contracts.Client;
using ReasonIR.Contracts.Datasets;

namespace ReasonIR.Portal.Tests.Datasets;

/// <summary>Reviews of examples and the versions they make.</summary>
public sealed class ReviewTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    DatasetClient Client => Rivers.Client(portal);

    [Fact]
    public async Task The_last_word_counts_and_all_words_are_kept()
    {
        var version = await Rivers.AddAsync(portal, "review-history");
        await Client.ReviewAsync(version, new("Ada", [new(0, "rejected", Note: "dull"), new(1, "accepted")]), Token);
        await Client.ReviewAsync(version, new(" Ada ", [new(0, "accepted", Tags: ["brown", "mill"])]), Token);
        await Client.ReviewAsync(version, new("Ada", [new(1, null)]), Token); // taken back

        var reviewed = await Client.ReviewedAsync(version, "reviewed", null, 0, 10, Token);
        var open = await Client.ReviewedAsync(version, "open", "Ada", 0, 10, Token);
        var history = await Client.ReviewHistoryAsync(version, 0, 0, 10, Token);

        var only = Assert.Single(reviewed.Items);
        Assert.Equal((0, "accepted"), (only.Example.Ordinal, Assert.Single(only.Reviews).Verdict));
        Assert.Equal(["brown", "mill"], only.Reviews[0].Tags);
        Assert.Equal([1, 2, 3, 4], open.Items.Select(item => item.Example.Ordinal));
        Assert.Equal(5, (await Client.ReviewedAsync(version, "open", "Bert", 0, 10, Token)).Total);
        Assert.Equal([("accepted", ""), ("rejected", "dull")], history.Items.Select(review => (review.Verdict, review.Note)));
        Assert.Equal(4, (await Client.ReviewHistoryAsync(version, null, 0, 10, Token)).Total);
    }

    [Fact]
    public async Task Reviewers_are_compared()
    {
        var version = await Rivers.AddAsync(portal, "review-agreement");
        await Client.ReviewAsync(version, new("Ada", [new(0, "accepted"), new(1, "accepted"), new(2, "rejected"), new(3, "rejected")]), Token);
        await Client.ReviewAsync(version, new("Bert", [new(0, "accepted"), new(1, "rejected"), new(2, "rejected"), new(3, "rejected"), new(4, "accepted", Tags: ["short"])]), Token);

        var agreement = await Client.AgreementAsync(version, Token);

        var pair = Assert.Single(agreement.Pairs);
        // Three of four agree; by chance (2·1 + 2·3)/16 = 1/2.
        Assert.Equal(("Ada", "Bert", 4, 3, 0.5), (pair.A, pair.B, pair.Both, pair.Agreed, pair.Kappa));
        Assert.Equal((5, 1, 1), (agreement.Reviewed, agreement.Disputed, Assert.Single(agreement.First)));
        Assert.Equal([("Ada", 2, 2, 0), ("Bert", 2, 3, 1)], agreement.Annotators.Select(one => (one.Author, one.Accepted, one.Rejected, one.Tagged)));
        Assert.Equal([1], (await Client.ReviewedAsync(version, "disputed", null, 0, 10, Token)).Items.Select(item => item.Example.Ordinal));
    }

    [Fact]
    public async Task Applied_reviews_are_a_new_version_that_can_be_compared_and_traced()
    {
        var version = await Rivers.AddAsync(portal, "review-apply");
        await Client.ReviewAsync(version, new("Ada",
        [
            new(0, "rejected"), new(1, "accepted"),
            new(3, "accepted", new("Why do streams bend?", Positives: ["The outer bank wears off.", null], Negatives: ["A stream of tears."]), ["geology"]),
        ]), Token);
        await Client.ReviewAsync(version, new("Bert", [new(1, "rejected")]), Token);

        var any = await Client.ApplyReviewsAsync(version, new(), Token);
        var again = await Client.ApplyReviewsAsync(version, new(), Token);
        var majority = await Client.ApplyReviewsAsync(version, new("majority", "drop"), Token);

        Assert.Equal((2, 3, 2, 1, true), (any.Version.Version, any.Kept, any.Rejected, any.Edited, any.Made));
        Assert.Equal((2, 3, 2, 1, false), (again.Version.Version, again.Kept, again.Rejected, again.Edited, again.Made));
        Assert.Equal((3, 2), (majority.Version.Version, majority.Kept)); // a tie keeps example 1, those without a verdict are dropped
        Assert.Equal(5, (await Client.FindAsync(new("review-apply", 1), Token)).Examples);
        var difference = await Client.DifferenceAsync(new("review-apply", 1), new("review-apply", 2), null, 0, 10, Token);
        Assert.Equal((2, 0, 2, 1), (difference.Unchanged, difference.Added, difference.Removed, difference.Changed));
        var edited = Assert.Single(difference.Items, item => item.Change == "changed");
        Assert.Equal(["query", "positives", "negatives"], edited.Fields);
        var lineage = await Client.LineageAsync(any.Version, edited.B!.Ordinal, Token);
        Assert.Equal(("review-apply@1#3", version.RunId, "moon/1"), (lineage.From, lineage.RunId, lineage.Document!.DocumentId));
        // What was measured of the passage that is left stays beside it; of the text that people wrote nothing is known.
        var facts = lineage.Metadata!.Value.GetProperty("synthesis");
        Assert.Equal(12, Assert.Single(facts.GetProperty("positives").EnumerateArray()).GetProperty("bm25Rank").GetInt32());
        Assert.Equal("""[{"source":"edited"}]""", facts.GetProperty("negatives").GetRawText().Replace(" ", ""));
        var quality = await Client.ReportAsync(any.Version, Token);
        Assert.Equal(("geology", 1L), (Assert.Single(quality.Report.Tags).Name, quality.Report.Tags[0].Count));
        Assert.Equal(0.0125m, quality.Cost.Cost); // what the reviewed version cost
        Assert.Contains("\"reviewOf\": \"review-apply@1\"", await Client.CardAsync(any.Version, "jsonl", null, false, Token));
    }

    [Fact]
    public async Task What_cannot_be_reviewed_is_refused_and_nothing_is_stored()
    {
        var version = await Rivers.AddAsync(portal, "review-refused");
        var strategy = await Client.FindAsync(new("tides-extractive", null), Token);
        foreach (var (of, request, words) in new (DatasetVersionInfo, ReviewRequest, string)[]
        {
            (version, new("", [new(0, "accepted")]), "author"), (version, new("Ada", []), "items: expected 1"), (version, new("Ada", [new(0, "good")]), "items[0].verdict"),
            (version, new("Ada", [new(0, "accepted"), new(9, "accepted")]), "no example 9"), (version, new("Ada", [new(0, "accepted"), new(0, "rejected")]), "example 0 is there twice"),
            (version, new("Ada", [new(0, null, new(Positives: ["a", "b"]))]), "edit.positives: example 0 has 1, found 2"), (version, new("Ada", [new(0, null, new(" "))]), "edit.query"),
            (version, new("Ada", [new(0, null, new(Positives: [null]))]), "edit.positives: expected one text at least"), (version, new("Ada", [new(0, null, Tags: [" x"])]), "tags[0]"),
            (strategy, new("Ada", [new(0, "accepted")]), "draws its pairs anew"),
        })
            Assert.Contains(words, (await Assert.ThrowsAsync<ServiceException>(() => Client.ReviewAsync(of, request, Token))).Message);
        Assert.Equal(0, (await Client.ReviewHistoryAsync(version, null, 0, 10, Token)).Total);
        Assert.Contains("Nobody has reviewed", (await Assert.ThrowsAsync<ServiceException>(() => Client.ApplyReviewsAsync(version, new(), Token))).Message);
        await Client.ReviewAsync(version, new("Ada", [.. Enumerable.Range(0, 5).Select(i => new ReviewItem(i, "rejected"))]), Token);
        Assert.Contains("no example would be left", (await Assert.ThrowsAsync<ServiceException>(() => Client.ApplyReviewsAsync(version, new(), Token))).Message);
        await Client.ReviewAsync(version, new("Ada", [.. Enumerable.Range(0, 5).Select(i => new ReviewItem(i, "accepted"))]), Token);
        Assert.Contains("the new version would be the old one", (await Assert.ThrowsAsync<ServiceException>(() => Client.ApplyReviewsAsync(version, new(), Token))).Message);
        Assert.Contains("rejected: expected any", (await Assert.ThrowsAsync<ServiceException>(() => Client.ApplyReviewsAsync(version, new("some"), Token))).Message);
        Assert.Equal(1, (await Client.FindAsync(new("review-refused", null), Token)).Version);
    }
}

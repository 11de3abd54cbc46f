using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Portal.Datasets.Reviews;

/// <summary>What becomes of one example by all that reviewers say of it.</summary>
/// <param name="Keep">Whether it stays.</param>
/// <param name="Edit">The texts that it gets: those of the last edit by a reviewer who does not reject it; null: its own.</param>
/// <param name="By">The reviewers who said something else than "rejected".</param>
/// <param name="Tags">What those called it.</param>
public sealed record ReviewDecision(bool Keep, TextEdit? Edit, IReadOnlyList<string> By, IReadOnlyList<string> Tags)
{
    /// <summary>Decides by the rules of a request.</summary>
    /// <param name="reviews">The current reviews of the example by those who count, by time.</param>
    public static ReviewDecision Of(IReadOnlyList<ExampleReview> reviews, ApplyReviewsRequest rules)
    {
        var (accepted, rejected) = (reviews.Count(review => review.Verdict == "accepted"), reviews.Count(review => review.Verdict == "rejected"));
        var keep = accepted + rejected == 0 ? rules.Unreviewed == "keep" : rules.Rejected switch
        {
            "any" => rejected == 0,
            "majority" => rejected <= accepted,
            _ => accepted > 0,
        };
        var standing = reviews.Where(review => review.Verdict != "rejected").ToList();
        return new(
            keep, standing.LastOrDefault(review => review.Edit is not null)?.ReadEdit(), [.. standing.Select(review => review.Author).Distinct()],
            [.. standing.SelectMany(review => review.Tags).Distinct().Order(StringComparer.Ordinal)]);
    }
}

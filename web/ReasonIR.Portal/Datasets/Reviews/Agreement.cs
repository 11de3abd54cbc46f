using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.Statistics;

namespace ReasonIR.Portal.Datasets.Reviews;

/// <summary>How far reviewers agree on what to keep.</summary>
public static class Agreement
{
    const int ShownDisputes = 100, MostAnnotators = 50;

    /// <summary>Of the current reviews of a version.</summary>
    public static AgreementInfo Of(IReadOnlyList<ExampleReview> reviews)
    {
        var annotators = Annotators(reviews);
        var verdicts = reviews.Where(review => review.Verdict is not null).GroupBy(review => review.Author)
            .ToDictionary(group => group.Key, group => group.ToDictionary(review => review.Ordinal, review => review.Verdict!));
        // Those who judged most: pairs grow with the square.
        var names = verdicts.OrderByDescending(pair => pair.Value.Count).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(MostAnnotators).Select(pair => pair.Key).Order(StringComparer.Ordinal).ToList();
        var pairs = new List<AnnotatorPair>();
        for (var i = 0; i < names.Count; i++)
            for (var j = i + 1; j < names.Count; j++)
                if (Pair(names[i], names[j], verdicts[names[i]], verdicts[names[j]]) is { Both: > 0 } pair)
                    pairs.Add(pair);
        var byExample = reviews.Where(review => review.Verdict is not null).GroupBy(review => review.Ordinal).ToList();
        var disputed = byExample.Where(group => group.Select(review => review.Verdict).Distinct().Count() > 1).Select(group => group.Key).Order().ToList();
        return new(annotators, pairs, byExample.Count, disputed.Count, [.. disputed.Take(ShownDisputes)]);
    }

    /// <summary>What each reviewer decided, by name.</summary>
    public static IReadOnlyList<AnnotatorInfo> Annotators(IReadOnlyList<ExampleReview> reviews) =>
        [.. reviews.GroupBy(review => review.Author).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new AnnotatorInfo(
            group.Key, group.Count(review => review.Verdict == "accepted"), group.Count(review => review.Verdict == "rejected"), group.Count(review => review.Edit is not null), group.Count(review => review.Tags.Count > 0)))];

    static AnnotatorPair Pair(string a, string b, Dictionary<int, string> first, Dictionary<int, string> second)
    {
        var both = first.Keys.Where(second.ContainsKey).Order().ToList();
        var kappa = CohenKappa.Of([.. both.Select(ordinal => first[ordinal])], [.. both.Select(ordinal => second[ordinal])]);
        return new(a, b, both.Count, both.Count(ordinal => first[ordinal] == second[ordinal]), kappa.Kappa);
    }
}

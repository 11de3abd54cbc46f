namespace ReasonIR.Retrieval.Seeds;

/// <summary>A document that may become a seed.</summary>
/// <param name="Id">Its id in its collection.</param>
/// <param name="Title">May be empty.</param>
/// <param name="Text">Its body.</param>
public sealed record SeedCandidate(string Id, string Title, string Text);

/// <summary>What a document must be to stay.</summary>
/// <param name="MinimumWords">Of the text, without the title.</param>
/// <param name="MaximumWords">Of the text.</param>
/// <param name="Languages">Those that stay; null: all.</param>
/// <param name="KeepUnknown">Whether what cannot be told stays.</param>
/// <param name="DropBoilerplate">See <see cref="Boilerplate"/>.</param>
/// <param name="DropLinkLists">See <see cref="Boilerplate"/>.</param>
/// <param name="MinimumForm">The least <see cref="FormScore"/>; null: none.</param>
/// <param name="NearDuplicates">Jaccard's index from which on the later of two falls; null: exact copies only.</param>
/// <param name="NearWords">Words of the sequences that are compared.</param>
public sealed record SeedRules(
    int MinimumWords = 1, int MaximumWords = int.MaxValue, IReadOnlySet<string>? Languages = null, bool KeepUnknown = true,
    bool DropBoilerplate = true, bool DropLinkLists = true, double? MinimumForm = null, double? NearDuplicates = 0.8, int NearWords = 3);

/// <summary>The steps of the funnel, in their order.</summary>
public static class SeedSteps
{
    public const string Words = "words", Language = "language", Boilerplate = "boilerplate", Links = "links", Form = "form", Exact = "exact duplicates",
        Evaluation = "evaluation", Near = "near duplicates";

    public static IReadOnlyList<string> All { get; } = [Words, Language, Boilerplate, Links, Form, Exact, Evaluation, Near];
}

/// <summary>Where a document fell, and why.</summary>
/// <param name="Step">One of <see cref="SeedSteps"/>.</param>
/// <param name="Why">The words, the language, the score, or the document it repeats.</param>
public sealed record SeedFall(string Step, string Why);

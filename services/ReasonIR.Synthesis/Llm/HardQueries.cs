using System.Text.RegularExpressions;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Llm;

/// <summary>The answer to <c>prompts/hard-query.md</c>.</summary>
public sealed record HardQueries(string Field, IReadOnlyList<string> Ideas, IReadOnlyList<string> Situations, IReadOnlyList<HardQuery> Queries)
{
    /// <summary>The first <paramref name="count"/> queries that pass the checks.</summary>
    public IReadOnlyList<HardQuery> Good(string document, int count) =>
        [.. Queries.Where(query => QueryChecks.Problem(query.Query, document) is null).DistinctBy(query => query.Query.Trim()).Take(count)];
}

/// <param name="Link">The steps from the query to the document.</param>
public sealed record HardQuery(string Link, string Query);

/// <summary>The answer to <c>prompts/hard-negative.md</c>.</summary>
public sealed record HardNegative(string Temptation, string Gap, string Title, string Text);

/// <summary>What a written query must be; the problem is told to the model.</summary>
public static partial class QueryChecks
{
    public const int LeastWords = 12;
    public const int MostWords = 400;

    /// <summary>A query that shares so many words in a row with its document is a copy.</summary>
    public const int CopiedRun = 10;

    public static string? Problem(string query, string document)
    {
        var words = Words.Count(query);
        if (words is < LeastWords or > MostWords)
            return $"a query has {words} words; expected {LeastWords} to {MostWords}";
        if (Pointer().Match(query) is { Success: true } pointer)
            return $"a query says \"{pointer.Value}\", but its reader has no document before them";
        if (Words.SharedRun(query, document, CopiedRun) is { } run)
            return $"a query copies \"{run}\" from the document";
        return null;
    }

    [GeneratedRegex(@"\b(this|the (above|given|following|provided)|according to the|mentioned in the|described in the|in the) (document|passage|article|excerpt|text)\b|\bthe (document|passage|excerpt)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pointer();
}

/// <summary>What a written hard negative must be.</summary>
public static class NegativeChecks
{
    /// <summary>Asked for are 300; short ones are easy ones.</summary>
    public const int LeastWords = 150;

    public const int CopiedRun = 25;

    public static string? Problem(string text, string positive)
    {
        var words = Words.Count(text);
        if (words < LeastWords)
            return $"the text has {words} words; at least 300 are wanted";
        if (Words.SharedRun(text, positive, CopiedRun) is { } run)
            return $"the text copies \"{run}\" from the helpful text";
        return null;
    }
}

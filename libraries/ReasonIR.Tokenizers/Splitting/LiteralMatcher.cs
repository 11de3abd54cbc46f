namespace ReasonIR.Tokenizers.Splitting;

/// <summary>Finds a text that is not empty.</summary>
sealed class LiteralMatcher(string literal) : IMatcher
{
    public string Literal => literal;

    public List<TextMatch> Matches(ReadOnlySpan<char> text)
    {
        var matches = new List<TextMatch>();
        for (int from = 0, found; (found = text[from..].IndexOf(literal, StringComparison.Ordinal)) >= 0; from += found + literal.Length)
            matches.Add(new(from + found, from + found + literal.Length));
        return matches;
    }
}

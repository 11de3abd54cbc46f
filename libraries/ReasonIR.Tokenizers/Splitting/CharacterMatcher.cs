using System.Text;

namespace ReasonIR.Tokenizers.Splitting;

/// <summary>Finds the characters of a class, each a match of its own.</summary>
sealed class CharacterMatcher(Predicate<Rune> contains) : IMatcher
{
    /// <summary>White space, each character alone.</summary>
    public static CharacterMatcher WhiteSpace { get; } = new(System.Text.Rune.IsWhiteSpace);

    public List<TextMatch> Matches(ReadOnlySpan<char> text)
    {
        var matches = new List<TextMatch>();
        for (int i = 0, used; i < text.Length; i += used)
        {
            Rune.DecodeFromUtf16(text[i..], out var rune, out used);
            if (contains(rune))
                matches.Add(new(i, i + used));
        }
        return matches;
    }
}

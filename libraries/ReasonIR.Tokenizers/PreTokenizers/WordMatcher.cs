using System.Text;
using ReasonIR.Tokenizers.Splitting;
using ReasonIR.Tokenizers.Unicode;

namespace ReasonIR.Tokenizers.PreTokenizers;

/// <summary>Runs of word characters, and runs of what is neither word nor white space: <c>\w+|[^\w\s]+</c>, the pre-tokenizer Whitespace.</summary>
sealed class WordMatcher : IMatcher
{
    enum Kind { Space, Word, Other }

    public List<TextMatch> Matches(ReadOnlySpan<char> text)
    {
        var matches = new List<TextMatch>();
        var (start, kind) = (0, Kind.Space);
        for (int i = 0, used; i < text.Length; i += used)
        {
            Rune.DecodeFromUtf16(text[i..], out var rune, out used);
            var found = Rune.IsWhiteSpace(rune) ? Kind.Space : Categories.IsWord(rune) ? Kind.Word : Kind.Other;
            if (found == kind)
                continue;
            if (kind != Kind.Space)
                matches.Add(new(start, i));
            (start, kind) = (i, found);
        }
        if (kind != Kind.Space)
            matches.Add(new(start, text.Length));
        return matches;
    }
}

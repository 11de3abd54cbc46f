namespace ReasonIR.Retrieval.Analysis;

/// <summary>
/// Lucene 9.12's StandardTokenizer: walks over a text's tokens without allocating. Word breaks of UAX 29 (Unicode 12), emoji as
/// tokens. A token holds at most <see cref="MaxTokenLength"/> UTF-16 units; what goes on behind the cut is a new token.
/// </summary>
/// <example><code>var tokens = new StandardTokenizer(text); while (tokens.Next()) Use(text.Slice(tokens.Start, tokens.Length));</code></example>
public ref struct StandardTokenizer(ReadOnlySpan<char> text)
{
    /// <summary>In UTF-16 units.</summary>
    public const int MaxTokenLength = 255;

    readonly ReadOnlySpan<char> text = text;
    int next;

    /// <summary>Where the current token begins, in UTF-16 units.</summary>
    public int Start { get; private set; }

    /// <summary>The current token's length in UTF-16 units.</summary>
    public int Length { get; private set; }

    public TokenType Type { get; private set; }

    /// <summary>Goes to the next token; false at the end of the text.</summary>
    public bool Next()
    {
        var classes = WordBreakTable.BasicPlane;
        var table = WordBreakAutomaton.Table;
        var start = next;
        while (start < text.Length)
        {
            var window = Window(start);
            var entry = WordBreakAutomaton.Start;
            int end = start, position = start, matched = 0;
            while (position < window)
            {
                var unit = text[position];
                int kind = classes[unit];
                var width = 1;
                if (kind == (int)WordBreakClass.Surrogate)
                    kind = Pair(position, window, out width);
                entry = table[(entry & ~WordBreakAutomaton.TypeMask) + kind];
                if (entry == WordBreakAutomaton.Dead)
                    break;
                position += width;
                if ((entry & WordBreakAutomaton.TypeMask) != 0)
                {
                    end = position;
                    matched = entry & WordBreakAutomaton.TypeMask;
                }
            }
            if (matched != 0)
            {
                (Start, Length, Type, next) = (start, end - start, (TokenType)matched, end);
                return true;
            }
            start += CodePointWidth(start);
        }
        next = start;
        return false;
    }

    /// <summary>How far a match from here may read. Lucene's buffer: a pair that would be torn at its end is left out.</summary>
    readonly int Window(int start)
    {
        if (text.Length - start <= MaxTokenLength)
            return text.Length;
        var end = start + MaxTokenLength;
        return char.IsHighSurrogate(text[end - 1]) ? end - 1 : end;
    }

    readonly int Pair(int position, int window, out int width)
    {
        if (position + 1 < window && char.IsSurrogatePair(text[position], text[position + 1]))
        {
            width = 2;
            return (int)WordBreakTable.Beyond(char.ConvertToUtf32(text[position], text[position + 1]));
        }
        width = 1;
        return (int)WordBreakClass.Other;
    }

    readonly int CodePointWidth(int position) =>
        position + 1 < text.Length && char.IsSurrogatePair(text[position], text[position + 1]) ? 2 : 1;
}

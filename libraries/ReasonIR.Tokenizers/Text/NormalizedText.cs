using System.Text;

namespace ReasonIR.Tokenizers.Text;

/// <summary>
/// A text on its way through the pipeline: the characters as they are now, and for each the range of code points of the given text
/// that it came from. Immutable; slices share the arrays. It may be untracked, for callers that want no offsets: then all ranges are empty.
/// </summary>
public sealed class NormalizedText
{
    readonly char[] characters;
    readonly TextRange[]? sources;
    readonly int start;

    // Untracked: how many characters, from the first on, come from the first code point of the given text.
    readonly int beginning;

    internal NormalizedText(char[] characters, TextRange[]? sources, int start, int length, int origin, int beginning)
    {
        (this.characters, this.sources, this.start, Length, Origin, this.beginning) = (characters, sources, start, length, origin, beginning);
    }

    /// <summary>UTF-16 units.</summary>
    public int Length { get; }

    public ReadOnlySpan<char> Characters => characters.AsSpan(start, Length);

    /// <summary>Whether it knows where its characters came from.</summary>
    public bool IsTracked => sources is not null;

    /// <summary>The place in the given text where this piece began when it was cut; of an untracked one only whether it is 0 means anything.</summary>
    public int Origin { get; }

    /// <summary>
    /// The text itself, each character coming from itself; both halves of a surrogate pair come from their one code point. A lone surrogate,
    /// which UTF-8 cannot hold, is U+FFFD from here on.
    /// </summary>
    public static NormalizedText From(string text)
    {
        var characters = WellFormed(text);
        var sources = new TextRange[characters.Length];
        for (int i = 0, codePoint = 0; i < characters.Length; i++, codePoint++)
        {
            sources[i] = new(codePoint, codePoint + 1);
            if (char.IsHighSurrogate(characters[i]))
                sources[++i] = new(codePoint, codePoint + 1);
        }
        return new(characters, sources, 0, characters.Length, 0, 0);
    }

    /// <summary>As <see cref="From"/>, untracked.</summary>
    /// <param name="first">Whether it is the beginning of the given text.</param>
    public static NormalizedText Untracked(ReadOnlySpan<char> text, bool first = true)
    {
        var characters = WellFormed(text);
        var beginning = !first || characters.Length == 0 ? 0 : char.IsHighSurrogate(characters[0]) ? 2 : 1;
        return new(characters, null, 0, characters.Length, first ? 0 : 1, beginning);
    }

    public NormalizedText Slice(int from, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)from + (uint)length, (uint)Length, nameof(length));
        var place = length == 0 ? Origin : StartOf(from);
        return new(characters, sources, start + from, length, place, BeginningOf(from, length));
    }

    /// <summary>Where one character came from.</summary>
    public TextRange Source(int index) => sources is null ? default : sources[start + index];

    /// <summary>Where a non-empty run of characters came from.</summary>
    public TextRange Source(int from, int length) =>
        sources is null ? default : new(sources[start + from].Start, sources[start + from + length - 1].End);

    public override string ToString() => new(characters, start, Length);

    /// <summary>As <see cref="Origin"/>, of a character.</summary>
    internal int StartOf(int index) => sources is not null ? sources[start + index].Start : index < beginning ? 0 : 1;

    /// <summary>How many characters of a run come from the first code point of the given text; tracked texts know it otherwise.</summary>
    internal int BeginningOf(int from, int length) => Math.Clamp(beginning - from, 0, length);

    internal ReadOnlySpan<TextRange> Sources(int from, int length) => sources.AsSpan(start + from, length);

    static char[] WellFormed(ReadOnlySpan<char> text)
    {
        var characters = text.ToArray();
        for (var i = text.IndexOfAnyInRange('\uD800', '\uDFFF'); (uint)i < (uint)characters.Length; i++)
            if (i + 1 < characters.Length && char.IsSurrogatePair(characters[i], characters[i + 1]))
                i++;
            else if (char.IsSurrogate(characters[i]))
                characters[i] = (char)Rune.ReplacementChar.Value;
        return characters;
    }
}

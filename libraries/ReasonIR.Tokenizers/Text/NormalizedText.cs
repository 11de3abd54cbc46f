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

    // Untracked: where the first character came from, 0 for the very start of the given text and more for any other place.
    readonly int first;

    internal NormalizedText(char[] characters, TextRange[]? sources, int start, int length, int origin, int first)
    {
        (this.characters, this.sources, this.start, Length, Origin, this.first) = (characters, sources, start, length, origin, first);
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
    public static NormalizedText Untracked(ReadOnlySpan<char> text, bool first = true) => new(WellFormed(text), null, 0, text.Length, first ? 0 : 1, first ? 0 : 1);

    public NormalizedText Slice(int from, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)from + (uint)length, (uint)Length, nameof(length));
        var place = length == 0 ? Origin : StartOf(from);
        return new(characters, sources, start + from, length, place, place);
    }

    /// <summary>Where one character came from.</summary>
    public TextRange Source(int index) => sources is null ? default : sources[start + index];

    /// <summary>Where a non-empty run of characters came from.</summary>
    public TextRange Source(int from, int length) =>
        sources is null ? default : new(sources[start + from].Start, sources[start + from + length - 1].End);

    public override string ToString() => new(characters, start, Length);

    /// <summary>As <see cref="Origin"/>, of a character.</summary>
    internal int StartOf(int index) => sources is null ? first + index : sources[start + index].Start;

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

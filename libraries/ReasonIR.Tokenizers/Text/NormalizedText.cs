namespace ReasonIR.Tokenizers.Text;

/// <summary>
/// A text on its way through the pipeline: the characters as they are now, and for each the range of code points of the given text
/// that it came from. Immutable; slices share the arrays.
/// </summary>
public sealed class NormalizedText
{
    readonly char[] characters;
    readonly TextRange[] sources;
    readonly int start;

    internal NormalizedText(char[] characters, TextRange[] sources, int start, int length)
    {
        (this.characters, this.sources, this.start, Length) = (characters, sources, start, length);
    }

    /// <summary>UTF-16 units.</summary>
    public int Length { get; }

    public ReadOnlySpan<char> Characters => characters.AsSpan(start, Length);

    /// <summary>The text itself, each character coming from itself; both halves of a surrogate pair come from its one code point.</summary>
    public static NormalizedText From(string text)
    {
        var sources = new TextRange[text.Length];
        for (int i = 0, codePoint = 0; i < text.Length; i++, codePoint++)
        {
            sources[i] = new(codePoint, codePoint + 1);
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                sources[++i] = new(codePoint, codePoint + 1);
        }
        return new(text.ToCharArray(), sources, 0, text.Length);
    }

    public NormalizedText Slice(int from, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)from + (uint)length, (uint)Length, nameof(length));
        return new(characters, sources, start + from, length);
    }

    /// <summary>Where one character came from.</summary>
    public TextRange Source(int index) => sources[start + index];

    /// <summary>Where a non-empty run of characters came from.</summary>
    public TextRange Source(int from, int length) => new(sources[start + from].Start, sources[start + from + length - 1].End);

    public override string ToString() => new(characters, start, Length);
}

/// <summary>Builds the next form of a <see cref="NormalizedText"/>, character by character.</summary>
public sealed class NormalizedTextBuilder(int capacity)
{
    char[] characters = new char[Math.Max(capacity, 16)];
    TextRange[] sources = new TextRange[Math.Max(capacity, 16)];

    public int Length { get; private set; }

    public void Append(ReadOnlySpan<char> text, TextRange source)
    {
        if (Length + text.Length > characters.Length)
        {
            var size = Math.Max(characters.Length * 2, Length + text.Length);
            Array.Resize(ref characters, size);
            Array.Resize(ref sources, size);
        }
        text.CopyTo(characters.AsSpan(Length));
        sources.AsSpan(Length, text.Length).Fill(source);
        Length += text.Length;
    }

    public NormalizedText Build() => new(characters, sources, 0, Length);
}

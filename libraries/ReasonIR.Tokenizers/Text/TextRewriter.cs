namespace ReasonIR.Tokenizers.Text;

/// <summary>Builds the next form of a <see cref="NormalizedText"/>; every character added says which character of the old one it came from.</summary>
/// <param name="old">The text that is rewritten; the new one is tracked if it is.</param>
/// <param name="capacity">UTF-16 units to expect.</param>
public sealed class TextRewriter(NormalizedText old, int capacity)
{
    /// <summary>For what stands before the first character and comes from none.</summary>
    public const int Nowhere = -1;

    char[] characters = new char[Math.Max(capacity, 16)];
    TextRange[]? sources = old.IsTracked ? new TextRange[Math.Max(capacity, 16)] : null;
    int beginning;

    /// <summary>UTF-16 units so far.</summary>
    public int Length { get; private set; }

    /// <summary>Adds characters that all come from the old text's character <paramref name="from"/>.</summary>
    public void Append(ReadOnlySpan<char> text, int from)
    {
        if (text.IsEmpty)
            return;
        Reserve(text.Length);
        if (from < 0 ? old.Origin == 0 : old.BeginningOf(from, 1) > 0)
            beginning += text.Length;
        text.CopyTo(characters.AsSpan(Length));
        sources?.AsSpan(Length, text.Length).Fill(from < 0 ? new(old.Origin, old.Origin) : old.Source(from));
        Length += text.Length;
    }

    /// <summary>Adds a run of the old text as it is.</summary>
    public void Keep(int from, int length)
    {
        if (length == 0)
            return;
        Reserve(length);
        beginning += old.BeginningOf(from, length);
        old.Characters.Slice(from, length).CopyTo(characters.AsSpan(Length));
        if (sources is not null)
            old.Sources(from, length).CopyTo(sources.AsSpan(Length));
        Length += length;
    }

    public NormalizedText Build() => new(characters, sources, 0, Length, old.Origin, beginning);

    void Reserve(int length)
    {
        if (Length + length <= characters.Length)
            return;
        var size = Math.Max(characters.Length * 2, Length + length);
        Array.Resize(ref characters, size);
        if (sources is not null)
            Array.Resize(ref sources, size);
    }
}

using System.Text;

namespace ReasonIR.Tokenizers.Text;

/// <summary>
/// Rewrites a text by the change notes of Hugging Face's <c>NormalizedString</c>, which decide where a new character came from: 0, the
/// character takes the place of the next old one; -n, likewise, and n more old ones are gone; positive, it is new and comes from where the
/// old one before it came from. Offsets that look odd (after a reordering of marks, say) are so in the reference.
/// </summary>
sealed class AlignedChanges(NormalizedText old)
{
    readonly TextRewriter result = new(old, old.Length + 8);

    // The last character is held back: a deletion after it is noted on it.
    Rune held;
    int heldChange;
    bool holds;

    /// <summary>The next old character, in UTF-16 units, once what is held has been written.</summary>
    int next;

    public void Add(Rune character, int change)
    {
        Write();
        (held, heldChange, holds) = (character, change, true);
    }

    /// <summary>Old characters up to a place stay as they are; <paramref name="from"/> is where the reader stands.</summary>
    public void Keep(int from, int to)
    {
        Write();
        if (next == from)
        {
            Rune.DecodeLastFromUtf16(old.Characters[from..to], out var last, out var used);
            result.Keep(from, to - from - used);
            next = to - used;
            Add(last, 0);
            return;
        }
        foreach (var rune in old.Characters[from..to].EnumerateRunes())
            Add(rune, 0);
    }

    /// <summary>Several old characters become a text; an empty one is noted on the character before, and at the start of the text nowhere.</summary>
    /// <param name="oldCount">Code points.</param>
    /// <param name="text">What stands for them.</param>
    public void Replace(int oldCount, ReadOnlySpan<char> text)
    {
        var newCount = 0;
        foreach (var rune in text.EnumerateRunes())
            newCount++;
        var index = 0;
        foreach (var rune in text.EnumerateRunes())
            Add(rune, index++ < oldCount ? 0 : 1);
        if (newCount < oldCount && holds)
            heldChange -= oldCount - newCount;
    }

    public NormalizedText Build()
    {
        Write();
        return result.Build();
    }

    void Write()
    {
        if (!holds)
            return;
        holds = false;
        Span<char> units = stackalloc char[2];
        var text = units[..held.EncodeToUtf16(units)];
        if (heldChange > 0)
        {
            result.Append(text, next - 1);
            return;
        }
        // The notes can fall behind the text, never run ahead of it.
        result.Append(text, Math.Min(next, old.Length - 1));
        for (var skip = 1 - heldChange; skip > 0 && next < old.Length; skip--)
            next += char.IsHighSurrogate(old.Characters[next]) ? 2 : 1;
    }
}

using System.Text;

namespace ReasonIR.Tokenizers.Unicode;

/// <summary>
/// Characters that NFC leaves as they are whatever stands beside them: starters that decompose into nothing else or compose back, and that
/// join no character before them. A text of such alone is normalized already, which one pass over a table tells.
/// </summary>
static class ComposedCharacters
{
    const byte Stays = 1, MayChange = 2;

    // By UTF-16 unit, filled as they are met: a race writes the same value twice. A high surrogate answers for its 1,024 code points.
    static readonly byte[] Units = new byte[char.MaxValue + 1];

    /// <summary>False: the text may change, or not.</summary>
    public static bool StayAsTheyAre(ReadOnlySpan<char> text)
    {
        var units = Units;
        foreach (var unit in text)
        {
            var known = units[unit];
            if (known == 0)
                units[unit] = known = Compute(unit) ? Stays : MayChange;
            if (known == MayChange)
                return false;
        }
        return true;
    }

    static bool Compute(char unit)
    {
        if (char.IsLowSurrogate(unit))
            return true;
        if (!char.IsHighSurrogate(unit))
            return Compute(new Rune(unit));
        for (var low = '\uDC00'; low <= '\uDFFF'; low++)
            if (!Compute(new Rune(unit, low)))
                return false;
        return true;
    }

    static bool Compute(Rune rune) =>
        CombiningClasses.Of(rune) == 0 && !Compositions.JoinsWhatIsBefore(rune)
        && (Decompositions.Canonical(rune) is var parts && parts.Length == rune.Utf16SequenceLength && Rune.GetRuneAt(parts, 0) == rune || Compositions.IsComposite(rune));
}

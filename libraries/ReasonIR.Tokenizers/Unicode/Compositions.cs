using System.Text;

namespace ReasonIR.Tokenizers.Unicode;

/// <summary>What two characters compose into under NFC (Unicode 9.0), by the table turned round of what decomposes.</summary>
static class Compositions
{
    const int FirstL = 0x1100, FirstV = 0x1161, FirstT = 0x11A7, FirstSyllable = 0xAC00, CountL = 19, CountV = 21, CountT = 28;

    static readonly Lazy<Dictionary<(int, int), Rune>> Pairs = new(Build);
    static readonly Lazy<HashSet<int>> Seconds = new(() => [.. Pairs.Value.Keys.Select(pair => pair.Item2)]), Composites = new(() => [.. Pairs.Value.Values.Select(rune => rune.Value)]);

    public static bool TryCompose(Rune first, Rune second, out Rune composed)
    {
        if (Hangul(first.Value, second.Value) is { } syllable)
        {
            composed = new(syllable);
            return true;
        }
        return Pairs.Value.TryGetValue((first.Value, second.Value), out composed);
    }

    /// <summary>Whether it is the second of a pair that composes.</summary>
    public static bool JoinsWhatIsBefore(Rune rune) =>
        (uint)(rune.Value - FirstV) < CountV || rune.Value - FirstT is > 0 and < CountT || Seconds.Value.Contains(rune.Value);

    /// <summary>Whether a pair composes into it.</summary>
    public static bool IsComposite(Rune rune) => (uint)(rune.Value - FirstSyllable) < CountL * CountV * CountT || Composites.Value.Contains(rune.Value);

    static int? Hangul(int first, int second)
    {
        var (l, v, syllable, t) = (first - FirstL, second - FirstV, first - FirstSyllable, second - FirstT);
        if ((uint)l < CountL && (uint)v < CountV)
            return FirstSyllable + (l * CountV + v) * CountT;
        return (uint)syllable < CountL * CountV * CountT && syllable % CountT == 0 && t is > 0 and < CountT ? first + t : null;
    }

    /// <summary>The composites of Unicode 9.0 lie in two stretches; those that NFC leaves apart are told by asking it.</summary>
    static Dictionary<(int, int), Rune> Build()
    {
        var pairs = new Dictionary<(int, int), Rune>();
        foreach (var composite in Enumerable.Range(0xC0, 0x3100 - 0xC0).Concat(Enumerable.Range(0x11000, 0x600)))
        {
            var rune = new Rune(composite);
            var whole = Decompositions.Canonical(rune);
            Rune.DecodeLastFromUtf16(whole, out var last, out var used);
            if (used == whole.Length || whole.Normalize(NormalizationForm.FormC) != rune.ToString())
                continue;
            // All but the last character compose into the first of the pair.
            var first = whole[..^used].Normalize(NormalizationForm.FormC);
            if (Rune.DecodeFromUtf16(first, out var start, out used) == System.Buffers.OperationStatus.Done && used == first.Length)
                pairs.Add((start.Value, last.Value), rune);
        }
        return pairs;
    }
}

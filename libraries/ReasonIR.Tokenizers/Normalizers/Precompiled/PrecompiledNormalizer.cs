using System.Text;
using ReasonIR.Tokenizers.Text;
using ReasonIR.Tokenizers.Unicode;

namespace ReasonIR.Tokenizers.Normalizers.Precompiled;

/// <summary>
/// sentencepiece's normalization rules as Hugging Face's library applies them: grapheme cluster by grapheme cluster. For one of fewer than 6
/// UTF-8 bytes the shortest prefix that the map holds stands for the whole, and the rest is lost; in all others each character is sought
/// alone. (sentencepiece itself differs there.)
/// </summary>
public sealed class PrecompiledNormalizer : INormalizer
{
    /// <summary>UTF-8 bytes from which on a cluster is not sought as a whole.</summary>
    const int LongCluster = 6;

    readonly CharacterMap map;

    // What each character alone becomes; the instance Same for those that the map does not hold.
    readonly CharacterPages<string> pages;
    readonly bool[] plain = new bool[128];

    static readonly string Same = new('\0', 1);

    /// <param name="map">The binary map.</param>
    /// <exception cref="InvalidDataException">The map is broken.</exception>
    public PrecompiledNormalizer(ReadOnlySpan<byte> map)
    {
        this.map = new(map);
        pages = new(rune => Find(rune.ToString()) ?? Same);
        for (var c = 0; c < plain.Length; c++)
            plain[c] = c != '\r' && ReferenceEquals(pages[new(c)], Same);
    }

    /// <summary>Whether a space alone stays one.</summary>
    internal bool KeepsSpaces => plain[' '];

    public NormalizedText Normalize(NormalizedText text)
    {
        var characters = text.Characters;
        var end = PlainEnd(characters, 0);
        if (end == characters.Length)
            return text;
        var result = new AlignedChanges(text);
        for (var at = 0; at < characters.Length; end = PlainEnd(characters, at))
        {
            if (at < end)
                result.Keep(at, end);
            at = end;
            if (at == characters.Length)
                break;
            var length = GraphemeClusters.FirstLength(characters[at..]);
            Cluster(characters.Slice(at, length), result);
            at += length;
        }
        return result.Build();
    }

    /// <summary>Where characters end that are clusters of their own and not in the map: ASCII but the last, which a mark may follow.</summary>
    int PlainEnd(ReadOnlySpan<char> text, int from)
    {
        var end = from;
        while (end < text.Length && text[end] < 128 && plain[text[end]])
            end++;
        return end < text.Length && end > from && text[end] >= 128 ? end - 1 : end;
    }

    void Cluster(ReadOnlySpan<char> cluster, AlignedChanges result)
    {
        Rune.DecodeFromUtf16(cluster, out var rune, out var used);
        if (used < cluster.Length && System.Text.Encoding.UTF8.GetByteCount(cluster) < LongCluster && Find(cluster) is { } whole)
        {
            var count = 0;
            foreach (var _ in cluster.EnumerateRunes())
                count++;
            result.Replace(count, whole);
            return;
        }
        foreach (var character in cluster.EnumerateRunes())
            if (pages[character] is var alone && ReferenceEquals(alone, Same))
                result.Add(character, 0);
            else
                result.Replace(1, alone);
    }

    string? Find(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[LongCluster];
        return map.Find(bytes[..System.Text.Encoding.UTF8.GetBytes(text, bytes)]);
    }
}

using System.Runtime.InteropServices;
using ReasonIR.Retrieval.Contamination;

namespace ReasonIR.Retrieval.Deduplication;

/// <summary>
/// Finds, among texts added one after another, whether a new one is nearly an earlier one: locality-sensitive hashing of MinHash signatures
/// in bands (P. Indyk, R. Motwani 1998), candidates checked by their whole signatures. About 1 kB a text. One thread at a time.
/// </summary>
public sealed class NearDuplicateIndex
{
    /// <summary>
    /// Chosen for a threshold of 0.8: of pairs at it 99.8 % are candidates, of pairs at 0.7 93 %, of pairs at 0.1 one in 50,000, so that
    /// chains are short. At the least threshold that is allowed, 0.5, 28 % are.
    /// </summary>
    const int Bands = 21, Rows = 6;

    readonly double threshold;
    readonly List<ushort[]> signatures = [];
    /// <summary>Of each band's hash the newest node; a node names a text and the node before it.</summary>
    readonly Dictionary<ulong, int> heads = [];
    readonly List<(int Text, int Next)> nodes = [];

    /// <param name="threshold">Jaccard's index from which on a text is nearly another.</param>
    public NearDuplicateIndex(double threshold)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 0.5);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, 1);
        this.threshold = threshold;
    }

    /// <summary>Texts held.</summary>
    public int Count => signatures.Count;

    /// <summary>The most similar earlier text and its estimated similarity, where one is near enough; otherwise null, and the text is added.</summary>
    /// <param name="signature">[<see cref="MinHash.Permutations"/>]</param>
    public (int Text, double Similarity)? FindOrAdd(ReadOnlySpan<uint> signature)
    {
        // Half of each value is kept: a chance match of two is one in 65,536.
        var kept = new ushort[MinHash.Permutations];
        for (var i = 0; i < kept.Length; i++)
            kept[i] = (ushort)signature[i];
        Span<ulong> bands = stackalloc ulong[Bands];
        for (var band = 0; band < Bands; band++)
        {
            var hash = (ulong)band;
            foreach (var value in signature.Slice(band * Rows, Rows))
                hash = TextTokens.Mixed(hash ^ value) + 0x9E3779B97F4A7C15;
            bands[band] = hash;
        }
        if (Nearest(bands, kept) is { } found)
            return found;
        foreach (var band in bands)
        {
            ref var head = ref CollectionsMarshal.GetValueRefOrAddDefault(heads, band, out var known);
            nodes.Add((signatures.Count, known ? head : -1));
            head = nodes.Count - 1;
        }
        signatures.Add(kept);
        return null;
    }

    (int Text, double Similarity)? Nearest(ReadOnlySpan<ulong> bands, ushort[] signature)
    {
        (int Text, double Similarity)? best = null;
        var seen = new HashSet<int>();
        foreach (var band in bands)
        {
            if (!heads.TryGetValue(band, out var node))
                continue;
            for (; node >= 0; node = nodes[node].Next)
                if (seen.Add(nodes[node].Text) && MinHash.Similarity(signature, signatures[nodes[node].Text]) is var similarity && similarity >= threshold
                    && (best is null || similarity > best.Value.Similarity || similarity == best.Value.Similarity && nodes[node].Text < best.Value.Text))
                    best = (nodes[node].Text, similarity);
        }
        return best;
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ReasonIR.Retrieval.Pairs;

namespace ReasonIR.Trainer.Data;

/// <summary>The documents of a corpus in memory, in the order of their rows.</summary>
public sealed class CorpusTexts(IReadOnlyList<PairDocument> documents)
{
    readonly Dictionary<string, UInt128> prints = documents.ToDictionary(document => document.Id, Print, StringComparer.Ordinal);

    public IReadOnlyList<PairDocument> All => documents;

    /// <summary>
    /// The documents that give pairs: each text once, since a copy would be a false negative, and none whose text one of
    /// <paramref name="heldOut"/> has.
    /// </summary>
    public IReadOnlyList<PairDocument> ForPairs(IReadOnlySet<string>? heldOut = null)
    {
        var taken = (heldOut ?? new HashSet<string>()).Select(id => prints[id]).ToHashSet();
        return [.. documents.Where(document => taken.Add(prints[document.Id]))];
    }

    static UInt128 Print(PairDocument document)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{document.Title}\n{document.Text}"), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}

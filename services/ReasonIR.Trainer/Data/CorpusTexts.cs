using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ReasonIR.Contracts.Runs;
using ReasonIR.Retrieval.Pairs;

namespace ReasonIR.Trainer.Data;

/// <summary>The documents of a corpus in memory, in the order of their rows.</summary>
public sealed class CorpusTexts(IReadOnlyList<PairDocument> documents)
{
    readonly Dictionary<string, UInt128> prints = documents.ToDictionary(document => document.Id, Print, StringComparer.Ordinal);

    public IReadOnlyList<PairDocument> All => documents;

    /// <summary>
    /// The documents that give pairs: each text once, since a copy would be a false negative, and none whose text one of
    /// <paramref name="heldOut"/> has; nor do links lead to such a text.
    /// </summary>
    public IReadOnlyList<PairDocument> ForPairs(IReadOnlySet<string>? heldOut = null)
    {
        var taken = (heldOut ?? new HashSet<string>()).Select(id => prints[id]).ToHashSet();
        var heldTexts = taken.ToHashSet();
        return [.. documents.Where(document => taken.Add(prints[document.Id])).Select(document => document.Links.Any(Held) ? document with { Links = [.. document.Links.Where(link => !Held(link))] } : document)];

        bool Held(PairLink link) => heldTexts.Contains(prints[link.Target.Id]);
    }

    /// <summary>How a strategy's settings cut pairs.</summary>
    public static PairSettings Settings(ExtractiveSettings how) => new(how.TitleShare, how.KeepSentence, how.Strategies is { } weights
        ? new(weights.TitleBody, weights.SentenceRest, weights.Crops, weights.HeadingSection, weights.KeyPhrases, weights.Links) : null);

    static UInt128 Print(PairDocument document)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{document.Title}\n{document.Text}"), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}

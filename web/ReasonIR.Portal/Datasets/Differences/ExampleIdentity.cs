using System.Security.Cryptography;
using System.Text;
using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Portal.Datasets.Differences;

/// <summary>What makes an example itself, as hashes: 56 bytes in place of its texts.</summary>
/// <param name="Ordinal">Its place in its version.</param>
/// <param name="Content">All texts with their ids, scores and instructions, weight and reasoned query. How it was made is no part of it.</param>
/// <param name="Question">Query and instruction.</param>
/// <param name="Origin">Source document and first positive.</param>
public readonly record struct ExampleIdentity(int Ordinal, UInt128 Content, UInt128 Question, UInt128 Origin)
{
    /// <summary>The identity of an example.</summary>
    public static ExampleIdentity Of(Example example)
    {
        var metadata = example.TryReadMetadata();
        return new(
            example.Ordinal,
            Hash([example.Query, example.Instruction, .. Parts(example.Positives), .. Parts(example.Negatives), Number(metadata.Weight), metadata.Reasoned]),
            Hash([example.Query, example.Instruction]),
            Hash([example.SourceDocumentId, example.Positives.Count > 0 ? example.Positives[0].Text : null]));
    }

    static IEnumerable<string?> Parts(IReadOnlyList<Passage> passages) =>
        [$"{passages.Count}", .. passages.SelectMany(passage => new[] { passage.Text, passage.DocumentId, Number(passage.Score), passage.Instruction })];

    static string? Number(double? value) => value?.ToString("R", System.Globalization.CultureInfo.InvariantCulture);

    // Each part with its length before it, so that no two lists of parts make the same bytes.
    static UInt128 Hash(IEnumerable<string?> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            var bytes = part is null ? [] : Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(part is null ? -1 : bytes.Length));
            hash.AppendData(bytes);
        }
        var whole = hash.GetHashAndReset();
        return new(BitConverter.ToUInt64(whole), BitConverter.ToUInt64(whole, 8));
    }
}

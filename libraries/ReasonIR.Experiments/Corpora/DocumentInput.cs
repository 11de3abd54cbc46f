using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ReasonIR.Experiments.Corpora;

/// <summary>A document on its way in. <paramref name="Metadata"/> is a JSON object or null.</summary>
public sealed record DocumentInput(string ExternalId, string Title, string Text, string? Metadata = null)
{
    /// <summary>SHA-256 over title, text and metadata, each preceded by its length in UTF-8 bytes: 32 bytes.</summary>
    public byte[] Hash()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(sha, Title);
        Append(sha, Text);
        Append(sha, Metadata ?? "");
        return sha.GetHashAndReset();
    }

    static void Append(IncrementalHash sha, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        sha.AppendData(length);
        sha.AppendData(bytes);
    }
}

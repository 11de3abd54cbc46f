using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ReasonIR.Encoder.Serving;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Cache;

/// <summary>
/// Everything but the text that a vector depends on: the model's revision, how it is computed, pooling, dimension, the prompt's bytes, the
/// limit and the side that is cut. Two scopes that differ in any of it share no vector.
/// </summary>
public sealed class CacheScope
{
    readonly byte[] hash;

    public CacheScope(ServedEncoder model, EncodeOptions options)
    {
        var encoder = model.Encoder;
        var limit = Math.Min(options.MaxTokens ?? int.MaxValue, encoder.MaxTokens);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var part in new[] { "1", model.Revision, model.Settings.Key, model.Pooling, $"{encoder.Dimension}", encoder.PromptText(options), $"{limit}", $"{options.Cut}" })
        {
            // With their lengths, so that no two lists of parts give the same bytes.
            var bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            sha.AppendData(length);
            sha.AppendData(bytes);
        }
        hash = sha.GetHashAndReset();
    }

    /// <summary>The key of a text: the first half of a SHA-256.</summary>
    public UInt128 Of(ReadOnlySpan<char> text) => Of(0, MemoryMarshal.AsBytes(text));

    /// <summary>The key of token ids.</summary>
    public UInt128 Of(ReadOnlySpan<int> ids) => Of(1, MemoryMarshal.AsBytes(ids));

    UInt128 Of(byte kind, ReadOnlySpan<byte> content)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(hash);
        sha.AppendData([kind]);
        sha.AppendData(content);
        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        sha.GetHashAndReset(key);
        return BinaryPrimitives.ReadUInt128LittleEndian(key);
    }
}

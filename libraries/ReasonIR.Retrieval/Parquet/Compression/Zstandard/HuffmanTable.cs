using System.Buffers.Binary;
using System.Numerics;

namespace ReasonIR.Retrieval.Parquet.Compression.Zstandard;

/// <summary>A Huffman table of literals (RFC 8878, 4.2), looked up by the longest code's bits.</summary>
sealed class HuffmanTable
{
    const int LargestLog = 11;
    const int LargestWeightLog = 6;

    readonly int log;
    readonly Entry[] entries;

    HuffmanTable(int log, Entry[] entries) => (this.log, this.entries) = (log, entries);

    /// <summary>Reads a table's description.</summary>
    /// <param name="bytes">Begins with it; steps over it.</param>
    public static HuffmanTable Read(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            throw new InvalidDataException("broken zstd: a Huffman table is missing");
        var head = bytes[0];
        bytes = bytes[1..];
        Span<byte> weights = stackalloc byte[256];
        int count;
        if (head < 128)
        {
            if (head > bytes.Length)
                throw new InvalidDataException("broken zstd: ends within a Huffman table");
            count = ReadPacked(bytes[..head], weights);
            bytes = bytes[head..];
        }
        else
        {
            count = head - 127;
            var length = (count + 1) / 2;
            if (length > bytes.Length)
                throw new InvalidDataException("broken zstd: ends within a Huffman table");
            for (var i = 0; i < count; i++)
                weights[i] = (byte)(i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15);
            bytes = bytes[length..];
        }
        return FromWeights(weights, count);
    }

    /// <summary>Decodes literals in one stream, or in four that follow a table of their lengths.</summary>
    public void Decode(ReadOnlySpan<byte> streams, bool four, Span<byte> literals)
    {
        if (!four)
        {
            DecodeStream(streams, literals);
            return;
        }
        var each = (literals.Length + 3) / 4;
        if (streams.Length < 6 || 3 * each > literals.Length)
            throw new InvalidDataException("broken zstd: literals are too short for four streams");
        var rest = streams[6..];
        for (var stream = 0; stream < 3; stream++)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(streams[(2 * stream)..]);
            if (length > rest.Length)
                throw new InvalidDataException("broken zstd: ends within literals");
            DecodeStream(rest[..length], literals.Slice(stream * each, each));
            rest = rest[length..];
        }
        DecodeStream(rest, literals[(3 * each)..]);
    }

    void DecodeStream(ReadOnlySpan<byte> stream, Span<byte> literals)
    {
        var bits = new BackwardBits(stream);
        for (var i = 0; i < literals.Length; i++)
        {
            var entry = entries[bits.Peek(log)];
            literals[i] = entry.Symbol;
            bits.Skip(entry.Bits);
        }
        if (bits.Left != 0)
            throw new InvalidDataException("broken zstd: literals and their stream differ in length");
    }

    // Two states take turns until the bits run out.
    static int ReadPacked(ReadOnlySpan<byte> bytes, Span<byte> weights)
    {
        var table = EntropyTable.Read(ref bytes, LargestWeightLog, 255);
        var bits = new BackwardBits(bytes);
        Span<int> states = [(int)bits.Read(table.Log), (int)bits.Read(table.Log)];
        for (var count = 0; ; count++)
        {
            if (count >= 254)
                throw new InvalidDataException("broken zstd: a Huffman table has too many symbols");
            var entry = table[states[count & 1]];
            weights[count] = entry.Symbol;
            if (bits.Left < entry.Bits)
            {
                weights[count + 1] = table[states[(count + 1) & 1]].Symbol;
                return count + 2;
            }
            states[count & 1] = entry.Base + (int)bits.Read(entry.Bits);
        }
    }

    static HuffmanTable FromWeights(Span<byte> weights, int count)
    {
        var sum = 0;
        foreach (var weight in weights[..count])
            sum += weight is > LargestLog ? throw new InvalidDataException("broken zstd: a Huffman code is too long") : (1 << weight) >> 1;
        if (sum == 0)
            throw new InvalidDataException("broken zstd: a Huffman table is empty");
        var log = BitOperations.Log2((uint)sum) + 1;
        var last = (1 << log) - sum;
        // The last symbol's weight is what completes the sum to a power of two.
        if (log > LargestLog || !BitOperations.IsPow2(last) || count > 255)
            throw new InvalidDataException("broken zstd: a Huffman table does not add up");
        weights[count++] = (byte)(BitOperations.Log2((uint)last) + 1);
        var entries = new Entry[1 << log];
        var at = 0;
        for (var weight = 1; weight <= log; weight++)
            for (var symbol = 0; symbol < count; symbol++)
                if (weights[symbol] == weight)
                {
                    var span = 1 << (weight - 1);
                    entries.AsSpan(at, span).Fill(new((byte)symbol, (byte)(log + 1 - weight)));
                    at += span;
                }
        return new(log, entries);
    }

    readonly record struct Entry(byte Symbol, byte Bits);
}

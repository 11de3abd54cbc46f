using System.Numerics;
using System.Runtime.InteropServices;
using ReasonIR.Retrieval.Contamination;

namespace ReasonIR.Retrieval.Deduplication;

/// <summary>
/// Signatures of texts by 128 hash functions (A. Broder 1997): the share of equal places of two signatures estimates Jaccard's index of the
/// texts' sets of word sequences, with a standard error of at most 0.044. Thread-safe.
/// </summary>
/// <param name="shingle">Words of a sequence. A shorter text counts as one sequence.</param>
public sealed class MinHash(int shingle)
{
    /// <summary>Hash functions, and places of a signature.</summary>
    public const int Permutations = 128;

    static readonly uint[] seeds = Seeds();

    /// <summary>The signature of a text of these words (<see cref="TextTokens"/>); false where it has none.</summary>
    public bool Sign(List<ulong> words, Span<uint> signature)
    {
        signature.Fill(uint.MaxValue);
        if (words.Count == 0)
            return false;
        var all = CollectionsMarshal.AsSpan(words);
        var length = Math.Min(shingle, all.Length);
        for (var start = 0; start + length <= all.Length; start++)
        {
            var sequence = 0UL;
            foreach (var word in all.Slice(start, length))
                sequence = sequence * 0x9E3779B97F4A7C15 + word;
            Add((uint)(TextTokens.Mixed(sequence) >> 32), signature);
        }
        return true;
    }

    /// <summary>The share of equal places.</summary>
    public static double Similarity(ReadOnlySpan<ushort> one, ReadOnlySpan<ushort> other)
    {
        var equal = 0;
        for (var i = 0; i < Permutations; i++)
            equal += one[i] == other[i] ? 1 : 0;
        return (double)equal / Permutations;
    }

    /// <summary>Each hash function mixes the sequence's hash with a seed of its own (MurmurHash3's 32-bit finalizer), eight or sixteen at a time.</summary>
    static void Add(uint hash, Span<uint> signature)
    {
        ReadOnlySpan<Vector<uint>> from = MemoryMarshal.Cast<uint, Vector<uint>>(seeds);
        var into = MemoryMarshal.Cast<uint, Vector<uint>>(signature);
        var value = new Vector<uint>(hash);
        for (var i = 0; i < into.Length; i++)
        {
            var mixed = (value ^ from[i]) * new Vector<uint>(0x85EBCA6B);
            mixed = (mixed ^ Vector.ShiftRightLogical(mixed, 13)) * new Vector<uint>(0xC2B2AE35);
            into[i] = Vector.Min(into[i], mixed ^ Vector.ShiftRightLogical(mixed, 16));
        }
    }

    static uint[] Seeds()
    {
        var state = 0x5EED_0FDA_7A5E_7501UL;
        return [.. Enumerable.Range(0, Permutations).Select(_ => (uint)(TextTokens.Mixed(state += 0x9E3779B97F4A7C15) >> 32))];
    }
}

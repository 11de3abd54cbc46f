using System.Numerics;
using System.Runtime.InteropServices;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// One search's sums: a double a document, and a flag for each block of 256 documents that any term touched, so that only those
/// are read and cleared. Between searches all is 0.
/// </summary>
sealed class Accumulator(int documents)
{
    public const int BlockBits = 8;
    const int Block = 1 << BlockBits;

    public readonly double[] Sums = new double[(documents + Block - 1) & ~(Block - 1)];
    public readonly byte[] Touched = new byte[(documents + Block - 1) >>> BlockBits];

    /// <summary>Hands every document with a score to the top and clears everything.</summary>
    /// <param name="ranks">A document's place in the order that settles ties.</param>
    public void Drain(TopDocuments top, ReadOnlySpan<int> ranks)
    {
        for (var block = 0; block < Touched.Length; block++)
        {
            var next = Touched.AsSpan(block).IndexOf((byte)1);
            if (next < 0)
                return;
            block += next;
            Touched[block] = 0;
            DrainBlock(block << BlockBits, top, ranks);
        }
    }

    void DrainBlock(int first, TopDocuments top, ReadOnlySpan<int> ranks)
    {
        var sums = Sums.AsSpan(first, Block);
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(sums);
        for (var v = 0; v < vectors.Length; v++)
        {
            // At or above: a tie may still be won by its id. Slightly below, because scores are compared as floats.
            if (!Vector.GreaterThanAny(vectors[v], new Vector<double>(top.Threshold)))
                continue;
            for (var i = v * Vector<double>.Count; i < (v + 1) * Vector<double>.Count; i++)
                if (sums[i] > 0)
                    top.Offer((float)sums[i], ranks[first + i]);
        }
        sums.Clear();
    }
}

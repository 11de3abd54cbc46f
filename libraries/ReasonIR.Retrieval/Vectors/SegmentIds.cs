using System.Runtime.InteropServices;
using System.Text;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>The ids of a segment's documents as they come, and their order in the end. Not thread-safe.</summary>
sealed class SegmentIds
{
    readonly MemoryStream ids = new();
    readonly List<ulong> ends = [0];

    public int Count => ends.Count - 1;

    /// <summary>All ids one after the other.</summary>
    public ReadOnlySpan<byte> Bytes => ids.GetBuffer().AsSpan(0, (int)ids.Length);

    /// <summary>Where each begins, and where the last ends.</summary>
    public ReadOnlySpan<ulong> Ends => CollectionsMarshal.AsSpan(ends);

    public void Add(ReadOnlySpan<byte> id)
    {
        ids.Write(id);
        ends.Add((ulong)ids.Length);
    }

    /// <summary>The documents in the order of their ids, as bytes.</summary>
    /// <exception cref="ArgumentException">An id came twice.</exception>
    public uint[] Order()
    {
        var order = new uint[Count];
        for (var document = 0; document < order.Length; document++)
            order[document] = (uint)document;
        order.AsSpan().Sort((a, b) => Id(a).SequenceCompareTo(Id(b)));
        for (var place = 1; place < order.Length; place++)
            if (Id(order[place - 1]).SequenceEqual(Id(order[place])))
                throw new ArgumentException($"document {Encoding.UTF8.GetString(Id(order[place]))} is added twice");
        return order;
    }

    ReadOnlySpan<byte> Id(uint document) => ids.GetBuffer().AsSpan((int)ends[(int)document], (int)(ends[(int)document + 1] - ends[(int)document]));
}

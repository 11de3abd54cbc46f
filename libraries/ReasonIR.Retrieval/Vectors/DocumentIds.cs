using System.Text;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// The ids of an index, read from the mapped file as they are asked for: UTF-8 bytes with offsets, and the rows in the order
/// of their ids. Thread-safe as long as the file is mapped.
/// </summary>
sealed unsafe class DocumentIds
{
    readonly ulong* _offsets;
    readonly byte* _bytes;
    readonly uint* _order;
    readonly int _count;

    /// <summary>Checks that offsets rise, that the order is one, and that no id occurs twice. O(rows).</summary>
    public DocumentIds(byte* ids, byte* order, int count, long idBytes, string path)
    {
        _offsets = (ulong*)ids;
        _bytes = ids + ((long)count + 1) * sizeof(ulong);
        _order = (uint*)order;
        _count = count;
        if (_offsets[0] != 0 || _offsets[count] != (ulong)idBytes)
            throw new VectorIndexException(path, "damaged ids (offsets)");
        for (var row = 0; row < count; row++)
            if (_offsets[row] > _offsets[row + 1] || _offsets[row + 1] > (ulong)idBytes)
                throw new VectorIndexException(path, $"damaged ids (offset of row {row})");
        Ranks = new int[count];
        Array.Fill(Ranks, -1);
        for (var rank = 0; rank < count; rank++)
        {
            if (_order[rank] >= count || Ranks[_order[rank]] >= 0)
                throw new VectorIndexException(path, "damaged order of ids");
            Ranks[_order[rank]] = rank;
            if (rank > 0 && Bytes((int)_order[rank - 1]).SequenceCompareTo(Bytes((int)_order[rank])) >= 0)
                throw new VectorIndexException(path, "ids are not in order or occur twice");
        }
    }

    /// <summary>Row → place of its id among all, ascending.</summary>
    public int[] Ranks { get; }

    public string this[int row] => Encoding.UTF8.GetString(Bytes(row));

    /// <summary>The row of an id, or -1. O(log rows).</summary>
    public int RowOf(string id)
    {
        var wanted = Encoding.UTF8.GetBytes(id).AsSpan();
        var (low, high) = (0, _count - 1);
        while (low <= high)
        {
            var middle = low + (high - low) / 2;
            var comparison = Bytes((int)_order[middle]).SequenceCompareTo(wanted);
            if (comparison == 0)
                return (int)_order[middle];
            if (comparison < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return -1;
    }

    ReadOnlySpan<byte> Bytes(int row) => new(_bytes + _offsets[row], checked((int)(_offsets[row + 1] - _offsets[row])));
}

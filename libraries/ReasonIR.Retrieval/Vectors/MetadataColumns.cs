using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// The metadata of a segment's documents, by column, so that a condition reads only what it asks for (little-endian, offsets from the
/// section's start):
/// <code>
/// u32 columns, then for each, by (key, kind) ascending: u32 key offset, u32 key bytes, u32 kind (0 text, 1 number), u32 values, u32 values' offset, u32 postings' offset
/// text    values + 1 u32 offsets of UTF-8 bytes, values ascending by byte; the bytes; postings: values + 1 u32 starts, then u32 documents
/// number  values f64 ascending, one a document and value; postings: u32 document of each
/// </code>
/// </summary>
/// <param name="Section">The mapped bytes.</param>
sealed class MetadataColumns(MetadataColumns.Bytes Section, int documents, string path)
{
    const int ColumnBytes = 24, MostColumns = 65_536;

    public delegate ReadOnlySpan<byte> Bytes();

    /// <summary>Sets the bit of each document that meets the filter, clears all others.</summary>
    public void Match(VectorFilter filter, Span<ulong> bits) => Guarded(() =>
    {
        var met = new ulong[(documents + 63) / 64];
        var all = new ulong[met.Length];
        Array.Fill(all, ulong.MaxValue);
        foreach (var condition in filter.Conditions)
        {
            Array.Clear(met);
            Mark(condition, met);
            for (var i = 0; i < all.Length; i++)
                all[i] &= condition.Not ? ~met[i] : met[i];
        }
        return all;
    }).CopyTo(bits);

    /// <summary>Every field of every document.</summary>
    public void ReadAll(Action<int, string, MetadataValue> field) => Guarded(() =>
    {
        foreach (var column in Columns())
            for (var value = 0; value < column.Values; value++)
                if (column.IsText)
                {
                    var text = Encoding.UTF8.GetString(Text(column, value));
                    foreach (var document in Postings(column, value, value + 1))
                        field((int)document, column.Key, text);
                }
                else
                    field((int)Document(column, value), column.Key, Number(column, value));
        return 0;
    });

    void Mark(FilterCondition condition, ulong[] bits)
    {
        foreach (var column in Columns().Where(column => column.Key == condition.Key))
            if (condition.AnyOf is null)
            {
                if (!column.IsText)
                    MarkRange(column, condition.From ?? double.NegativeInfinity, condition.To ?? double.PositiveInfinity, bits);
            }
            else
                foreach (var value in condition.AnyOf)
                    if (column.IsText && value.Text is { } text)
                        MarkText(column, Encoding.UTF8.GetBytes(text), bits);
                    else if (!column.IsText && value.Text is null)
                        MarkRange(column, value.Number, value.Number, bits);
    }

    void MarkText(Column column, byte[] wanted, ulong[] bits)
    {
        var at = First(column.Values, value => Text(column, value).SequenceCompareTo(wanted) >= 0);
        if (at < column.Values && Text(column, at).SequenceEqual(wanted))
            foreach (var document in Postings(column, at, at + 1))
                Mark(document, bits);
    }

    void MarkRange(Column column, double from, double to, ulong[] bits)
    {
        for (var at = First(column.Values, value => Number(column, value) >= from); at < column.Values && Number(column, at) <= to; at++)
            Mark(Document(column, at), bits);
    }

    void Mark(uint document, ulong[] bits)
    {
        if (document >= (uint)documents)
            throw new VectorIndexException(path, "damaged metadata");
        bits[document / 64] |= 1ul << (int)(document % 64);
    }

    static int First(int count, Func<int, bool> reached)
    {
        var (low, high) = (0, count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            (low, high) = reached(middle) ? (low, middle) : (middle + 1, high);
        }
        return low;
    }

    List<Column> Columns()
    {
        var bytes = Section();
        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (count > MostColumns)
            throw new VectorIndexException(path, "damaged metadata");
        var columns = new List<Column>((int)count);
        for (var i = 0; i < count; i++)
        {
            var entry = MemoryMarshal.Cast<byte, uint>(bytes.Slice(4 + i * ColumnBytes, ColumnBytes));
            columns.Add(new(Encoding.UTF8.GetString(bytes.Slice((int)entry[0], (int)entry[1])), entry[2] == 0, checked((int)entry[3]), checked((int)entry[4]), checked((int)entry[5])));
        }
        return columns;
    }

    ReadOnlySpan<byte> Text(Column column, int value)
    {
        var bytes = Section()[column.ValuesAt..];
        var offsets = MemoryMarshal.Cast<byte, uint>(bytes[..(4 * (column.Values + 1))]);
        return bytes.Slice(checked((int)offsets[value]), checked((int)(offsets[value + 1] - offsets[value])));
    }

    double Number(Column column, int value) => BinaryPrimitives.ReadDoubleLittleEndian(Section()[(column.ValuesAt + 8 * value)..]);

    uint Document(Column column, int value) => BinaryPrimitives.ReadUInt32LittleEndian(Section()[(column.PostingsAt + 4 * value)..]);

    uint[] Postings(Column column, int first, int end)
    {
        var numbers = Section()[column.PostingsAt..];
        var starts = MemoryMarshal.Cast<byte, uint>(numbers[..(4 * (column.Values + 1))]);
        return MemoryMarshal.Cast<byte, uint>(numbers.Slice(checked(4 * (column.Values + 1 + (int)starts[first])), checked(4 * (int)(starts[end] - starts[first])))).ToArray();
    }

    T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException or IndexOutOfRangeException)
        {
            throw new VectorIndexException(path, "damaged metadata");
        }
    }

    readonly record struct Column(string Key, bool IsText, int Values, int ValuesAt, int PostingsAt);
}

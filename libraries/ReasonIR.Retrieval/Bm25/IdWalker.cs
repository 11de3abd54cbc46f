using System.Text;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Document ids in the order of their UTF-8 bytes, in blocks of 16: each id as two variable-length numbers, the bytes that it shares with
/// the id before (0 at a block's begin) and its further bytes, and those bytes. Reads them one after the other.
/// </summary>
struct IdWalker(Bm25File file)
{
    public const int Block = 16;

    byte[] id = new byte[64];
    int length;
    long at, end;

    /// <summary>The id read last, as UTF-8.</summary>
    public readonly ReadOnlySpan<byte> Current => id.AsSpan(0, length);

    /// <summary>Goes before the first id of a block.</summary>
    public void Seek(int block) => (at, end, length) = (file.IdBlock(block), file.IdBlock(block + 1), 0);

    /// <summary>Goes on to the next id of the file; only up to the last one.</summary>
    public void Next(int document)
    {
        if (document % Block == 0)
            Seek(document / Block);
        var left = file.IdBytes(at, end);
        var shared = Read(ref left);
        var further = Read(ref left);
        if (shared > length || further > left.Length)
            throw file.Damaged($"is damaged: the id of document {document} cannot be read.");
        if (id.Length < shared + further)
            Array.Resize(ref id, Math.Max(2 * id.Length, shared + further));
        left[..further].CopyTo(id.AsSpan(shared));
        length = shared + further;
        at = end - left.Length + further;
    }

    /// <summary>Writes an id behind the one before.</summary>
    /// <param name="before">The id before; empty at a block's begin.</param>
    public static void Write(Spool spool, ReadOnlySpan<byte> before, ReadOnlySpan<byte> id)
    {
        var shared = before.CommonPrefixLength(id);
        WriteNumber(spool, shared);
        WriteNumber(spool, id.Length - shared);
        spool.Write(id[shared..]);
    }

    public readonly override string ToString() => Encoding.UTF8.GetString(Current);

    static void WriteNumber(Spool spool, int number)
    {
        for (; number >= 0x80; number >>= 7)
            spool.Write((byte)(number | 0x80));
        spool.Write((byte)number);
    }

    readonly int Read(ref ReadOnlySpan<byte> bytes)
    {
        var number = 0;
        for (int shift = 0, i = 0; shift < 31 && i < bytes.Length; shift += 7, i++)
        {
            number |= (bytes[i] & 0x7F) << shift;
            if (bytes[i] < 0x80 && number >= 0)
            {
                bytes = bytes[(i + 1)..];
                return number;
            }
        }
        throw file.Damaged("is damaged: a number in the ids does not end.");
    }
}

using System.Numerics;

namespace ReasonIR.Tokenizers.Models.Bpe;

/// <summary>
/// The merges by their pair of ids: open addressing over 16-byte slots, at most three quarters full. A merge is one number, its rank above
/// the id it gives, so that the smaller is the earlier merge.
/// </summary>
sealed class MergeTable
{
    /// <summary>No merge; later than all.</summary>
    public const long None = long.MaxValue;

    const ulong Empty = ulong.MaxValue;

    readonly Slot[] slots;
    readonly int shift;

    public MergeTable(int count)
    {
        var size = Math.Max(16, (int)BitOperations.RoundUpToPowerOf2((uint)(count + count / 3 + 1)));
        slots = new Slot[size];
        Array.Fill(slots, new(Empty, None));
        shift = 64 - BitOperations.Log2((uint)size);
    }

    /// <summary>The id that a merge gives.</summary>
    public static int Result(long merge) => (int)merge;

    public static int Rank(long merge) => (int)(merge >> 32);

    /// <summary>False: the pair has a merge already.</summary>
    public bool TryAdd(int left, int right, int rank, int result)
    {
        var key = Key(left, right);
        for (var i = Index(key); ; i = (i + 1) & (slots.Length - 1))
            if (slots[i].Key == Empty)
            {
                slots[i] = new(key, (long)rank << 32 | (uint)result);
                return true;
            }
            else if (slots[i].Key == key)
                return false;
    }

    /// <summary>The pairs that have a merge, in no order.</summary>
    public IEnumerable<(int Left, int Right)> Pairs => slots.Where(slot => slot.Key != Empty).Select(slot => ((int)(slot.Key >> 32), (int)slot.Key));

    /// <summary>The merge of a pair, or <see cref="None"/>.</summary>
    public long Find(int left, int right)
    {
        var key = Key(left, right);
        var table = slots;
        for (var i = Index(key); ; i = (i + 1) & (table.Length - 1))
        {
            ref readonly var slot = ref table[i];
            if (slot.Key == key || slot.Key == Empty)
                return slot.Merge;
        }
    }

    static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    int Index(ulong key)
    {
        key ^= key >> 29;
        return (int)(key * 0x9E3779B97F4A7C15 >> shift);
    }

    readonly record struct Slot(ulong Key, long Merge);
}

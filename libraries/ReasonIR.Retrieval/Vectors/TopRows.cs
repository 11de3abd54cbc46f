using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// The best k rows seen so far for one query: a heap with the worst at the root. Equal scores are ordered by the rows' place
/// in the order of ids, so the result does not depend on the order of arrival. Not thread-safe.
/// </summary>
/// <param name="k">How many are kept.</param>
/// <param name="idRanks">Row → place of its id among all, ascending.</param>
/// <param name="excluded">Rows never kept.</param>
sealed class TopRows(int k, int[] idRanks, HashSet<int>? excluded)
{
    (float Score, int Row)[] _heap = new (float, int)[Math.Min(k, 16)];
    int _count;

    /// <summary>A score below this cannot enter.</summary>
    public float Threshold { get; private set; } = float.NegativeInfinity;

    public ReadOnlySpan<(float Score, int Row)> Unordered => _heap.AsSpan(0, _count);

    /// <summary>Takes a row if it is among the best; NaN (an overflow) never is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Offer(float score, int row)
    {
        if (score >= Threshold)
            Insert(score, row);
    }

    /// <summary>Takes those of up to four rows in succession that are among the best.</summary>
    /// <param name="scores">Four floats, of which the first <paramref name="count"/> are scores.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Offer(float* scores, int count, int firstRow)
    {
        // Nearly all are below: one comparison for the four.
        if (count == Vector128<float>.Count && !Vector128.GreaterThanOrEqualAny(Vector128.Load(scores), Vector128.Create(Threshold)))
            return;
        for (var i = 0; i < count; i++)
            Offer(scores[i], firstRow + i);
    }

    /// <summary>Best first; empties the heap.</summary>
    public (float Score, int Row)[] Take()
    {
        var sorted = Unordered.ToArray();
        Array.Sort(sorted, (a, b) => Worse(a, b) ? 1 : Worse(b, a) ? -1 : 0);
        (_count, Threshold) = (0, float.NegativeInfinity);
        return sorted;
    }

    void Insert(float score, int row)
    {
        if (excluded is not null && excluded.Contains(row))
            return;
        var candidate = (score, row);
        if (_count < k)
        {
            if (_count == _heap.Length)
                Array.Resize(ref _heap, (int)Math.Min(k, _heap.Length * 2L));
            SiftUp(_count++, candidate);
            if (_count == k)
                Threshold = _heap[0].Score;
        }
        else if (Worse(_heap[0], candidate))
        {
            SiftDown(candidate);
            Threshold = _heap[0].Score;
        }
    }

    void SiftUp(int at, (float, int) item)
    {
        while (at > 0 && Worse(item, _heap[(at - 1) / 2]))
        {
            _heap[at] = _heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        _heap[at] = item;
    }

    void SiftDown((float, int) item)
    {
        var at = 0;
        for (var child = 1; child < _count; child = 2 * at + 1)
        {
            if (child + 1 < _count && Worse(_heap[child + 1], _heap[child]))
                child++;
            if (!Worse(_heap[child], item))
                break;
            _heap[at] = _heap[child];
            at = child;
        }
        _heap[at] = item;
    }

    bool Worse((float Score, int Row) a, (float Score, int Row) b) =>
        a.Score < b.Score || a.Score == b.Score && idRanks[a.Row] > idRanks[b.Row];
}

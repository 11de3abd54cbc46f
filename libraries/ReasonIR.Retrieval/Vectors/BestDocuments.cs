using System.Runtime.CompilerServices;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// The best k documents seen so far for one query: a heap with the worst at the root. Equal scores are in the order of ids, so the
/// result does not depend on the order of arrival. Offers may come from several threads: all raise the same threshold, so that what one
/// finds spares the others work.
/// </summary>
/// <param name="k">How many are kept.</param>
/// <param name="compareIds">Compares the ids of two documents.</param>
/// <param name="excluded">Documents never kept.</param>
sealed class BestDocuments(int k, Comparison<int> compareIds, HashSet<int>? excluded)
{
    readonly Lock _changing = new();
    (float Score, int Document)[] _heap = new (float, int)[Math.Min(k, 16)];
    int _count;
    float _threshold = float.NegativeInfinity;

    /// <summary>A score below this cannot enter. It only grows, so an old value is a valid one.</summary>
    public float Threshold => Volatile.Read(ref _threshold);

    /// <summary>Takes a document if it is among the best; NaN (an overflow) never is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Offer(float score, int document)
    {
        if (score >= Threshold)
            lock (_changing)
                Insert(score, document);
    }

    /// <summary>Best first; empties the heap. After all offers.</summary>
    public (float Score, int Document)[] Take()
    {
        var sorted = _heap[.._count];
        Array.Sort(sorted, (a, b) => Worse(a, b) ? 1 : Worse(b, a) ? -1 : 0);
        (_count, _threshold) = (0, float.NegativeInfinity);
        return sorted;
    }

    void Insert(float score, int document)
    {
        if (excluded is not null && excluded.Contains(document))
            return;
        var candidate = (score, document);
        if (_count < k)
        {
            if (_count == _heap.Length)
                Array.Resize(ref _heap, (int)Math.Min(k, _heap.Length * 2L));
            SiftUp(_count++, candidate);
            if (_count == k)
                Volatile.Write(ref _threshold, _heap[0].Score);
        }
        else if (Worse(_heap[0], candidate))
        {
            SiftDown(candidate);
            Volatile.Write(ref _threshold, _heap[0].Score);
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

    bool Worse((float Score, int Document) a, (float Score, int Document) b) =>
        a.Score < b.Score || a.Score == b.Score && compareIds(a.Document, b.Document) > 0;
}

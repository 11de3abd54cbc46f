namespace ReasonIR.Retrieval.Bm25;

/// <summary>Ids as strings of the documents that were found lately: at most 16,384, each in the place that its number's low bits name. Thread-safe.</summary>
sealed class IdCache(Bm25File file)
{
    const int Places = 1 << 14;

    readonly Entry?[] entries = new Entry?[Math.Min(Places, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, file.Header.Documents)))];

    public string this[int document]
    {
        get
        {
            ref var place = ref entries[document & entries.Length - 1];
            if (Volatile.Read(ref place) is { } entry && entry.Document == document)
                return entry.Id;
            var id = file.Id(document);
            Volatile.Write(ref place, new(document, id));
            return id;
        }
    }

    sealed record Entry(int Document, string Id);
}

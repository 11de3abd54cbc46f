namespace ReasonIR.Retrieval.Vectors;

/// <summary>An index as one manifest describes it: its segments, mapped, and which of their documents are there. Never changes.</summary>
sealed class IndexSnapshot
{
    readonly int[] bases;

    IndexSnapshot(string folder, IndexManifest manifest, IReadOnlyList<Segment> segments)
    {
        (Manifest, Segments) = (manifest, segments);
        Live = new ulong[]?[segments.Count];
        bases = new int[segments.Count + 1];
        for (var i = 0; i < segments.Count; i++)
        {
            var (entry, header) = (manifest.Segments[i], segments[i].Header);
            if (header.Dimension != manifest.Settings.Dimension || header.Metric != manifest.Settings.Metric || header.Storage != manifest.Settings.Storage
                || header.Documents != entry.Documents || header.Rows != entry.Rows)
                throw new VectorIndexException(SegmentFiles.ScanFile(folder, entry.Name), "does not fit the manifest: of another index or damaged");
            if (entry.Deleted is { } deleted)
                Live[i] = Array.ConvertAll(DeletedDocuments.Read(Path.Combine(folder, deleted), entry), word => ~word);
            bases[i + 1] = checked(bases[i] + entry.Documents);
        }
    }

    public IndexManifest Manifest { get; }

    public IReadOnlyList<Segment> Segments { get; }

    /// <summary>For each segment a bit for each document that is there; null: all are.</summary>
    public ulong[]?[] Live { get; }

    /// <summary>Documents that are there.</summary>
    public int Count => Manifest.Segments.Sum(segment => segment.Documents - segment.DeletedDocuments);

    /// <summary>Opens what the folder's manifest names.</summary>
    /// <param name="former">An older state of the same index, whose segments are taken over.</param>
    public static IndexSnapshot Open(string folder, IndexSnapshot? former = null)
    {
        for (var attempt = 0; ; attempt++)
        {
            var manifest = IndexManifest.Read(folder);
            var opened = new List<Segment>();
            try
            {
                return new(folder, manifest, [.. manifest.Segments.Select(entry =>
                {
                    if (former?.Segments.FirstOrDefault(segment => segment.Name == entry.Name) is { } there)
                        return there;
                    opened.Add(Segment.Open(folder, entry.Name));
                    return opened[^1];
                })]);
            }
            // A writer may have removed what the manifest named when it was read: the new one names others.
            catch (Exception e) when (e is FileNotFoundException && attempt < 10 && IndexManifest.Read(folder).Generation != manifest.Generation)
            {
                opened.ForEach(segment => segment.Dispose());
            }
            catch (FileNotFoundException e)
            {
                opened.ForEach(segment => segment.Dispose());
                throw new VectorIndexException(e.FileName ?? folder, "is missing though the manifest names it");
            }
            catch
            {
                opened.ForEach(segment => segment.Dispose());
                throw;
            }
        }
    }

    public int FirstDocument(int segment) => bases[segment];

    /// <summary>The segment of a document and its number there.</summary>
    public (Segment Segment, int Document) Locate(int document)
    {
        var segment = Array.BinarySearch(bases, document);
        // Empty segments have the same base as the next one.
        for (segment = segment < 0 ? ~segment - 1 : segment; bases[segment + 1] == bases[segment]; segment++) ;
        return (Segments[segment], document - bases[segment]);
    }

    public string Id(int document)
    {
        var (segment, number) = Locate(document);
        return segment.Id(number);
    }

    public int CompareIds(int a, int b)
    {
        var ((first, i), (second, j)) = (Locate(a), Locate(b));
        return first.IdBytes(i).SequenceCompareTo(second.IdBytes(j));
    }

    /// <summary>The document of an id that is there, or -1.</summary>
    public int Find(ReadOnlySpan<byte> id)
    {
        // The newest first: a document that was replaced is removed from the older ones.
        for (var i = Segments.Count - 1; i >= 0; i--)
            if (Segments[i].Find(id) is >= 0 and var document && (Live[i] is not { } live || (live[document >> 6] >> (document & 63) & 1) != 0))
                return bases[i] + document;
        return -1;
    }

    /// <summary>The number, within its document, of the row nearest to a query; the first of several.</summary>
    public unsafe int BestPart(int document, PreparedQueries query)
    {
        var (segment, number) = Locate(document);
        var (start, end) = segment.Rows(number);
        var (best, score) = (0, float.NegativeInfinity);
        for (var row = start; row < end; row++)
            if (segment.Score(row, query.Floats(0)) is var own && own > score)
                (best, score) = (row - start, own);
        return best;
    }

    /// <summary>A bit for each document of a segment that may be found; null: all may.</summary>
    public ulong[]? Allowed(int segment, VectorFilter? filter)
    {
        if (filter is null || filter.Conditions.Count == 0)
            return Live[segment];
        var allowed = new ulong[(Segments[segment].Documents + 63) / 64];
        if (Segments[segment].Metadata is { } metadata)
            metadata.Match(filter, allowed);
        else if (filter.Conditions.All(condition => condition.Not))
            Array.Fill(allowed, ulong.MaxValue);
        if (Live[segment] is { } live)
            for (var i = 0; i < allowed.Length; i++)
                allowed[i] &= live[i];
        return allowed;
    }

    /// <summary>Keeps all segments mapped until the result is disposed.</summary>
    /// <exception cref="ObjectDisposedException">One of them is not any more.</exception>
    public HeldSegments Hold() => new(Segments);

    /// <summary>Closes the segments that another state does not have.</summary>
    public void Close(IndexSnapshot? except = null)
    {
        foreach (var segment in Segments)
            if (except is null || !except.Segments.Contains(segment))
                segment.Dispose();
    }

    /// <summary>Segments that stay mapped.</summary>
    internal sealed class HeldSegments : IDisposable
    {
        readonly List<HeldFiles> held = [];

        public HeldSegments(IReadOnlyList<Segment> segments)
        {
            try
            {
                foreach (var segment in segments)
                    held.Add(segment.Hold());
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public void Dispose()
        {
            foreach (var segment in held)
                segment.Dispose();
        }
    }
}

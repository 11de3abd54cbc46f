namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Writes an index in one go, as documents come: memory holds the ids and the metadata, not the vectors. The folder's index is the new one
/// when <see cref="Complete"/> is called and stays what it was otherwise. Not thread-safe.
/// </summary>
public sealed class VectorIndexBuilder : IDisposable
{
    readonly string folder, name;
    readonly VectorIndexSettings settings;
    readonly IndexWriter writer;
    readonly SegmentWriter segment;
    readonly long generation;
    bool completed;

    /// <param name="folder">Created where it is not there. Indexes that have it open keep the old state.</param>
    public VectorIndexBuilder(string folder, VectorIndexSettings settings)
    {
        settings.Check();
        (this.folder, this.settings) = (folder, settings);
        Directory.CreateDirectory(folder);
        writer = IndexWriter.Lock(folder);
        try
        {
            generation = File.Exists(Path.Combine(folder, IndexManifest.FileName)) ? IndexManifest.Read(folder).Generation + 1 : 1;
            segment = new(folder, name = writer.NewSegment(generation), settings);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Documents so far.</summary>
    public int Count => segment.Documents;

    /// <summary>Adds a document; for cosine its vectors are stored divided by their lengths.</summary>
    /// <param name="vectors">One vector, or those of several parts: [parts × dimension].</param>
    /// <exception cref="ArgumentException">It cannot be stored; the message names it.</exception>
    public void Add(string id, ReadOnlySpan<float> vectors, IReadOnlyList<MetadataField>? metadata = null)
    {
        ObjectDisposedException.ThrowIf(completed, this);
        segment.Add(id, vectors, metadata);
    }

    /// <summary>Writes what is left, flushes to disk and makes it the folder's index.</summary>
    /// <exception cref="ArgumentException">An id came twice; the message names it.</exception>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(completed, this);
        completed = true;
        var entry = segment.Complete(name);
        segment.Dispose();
        writer.Commit(new(generation, settings, entry.Documents > 0 ? [entry] : []));
        writer.Dispose();
    }

    /// <summary>Removes what was written unless <see cref="Complete"/> has been called.</summary>
    public void Dispose()
    {
        segment.Dispose();
        if (!completed)
        {
            File.Delete(SegmentFiles.ScanFile(folder, name));
            File.Delete(SegmentFiles.RoughFile(folder, name));
            File.Delete(SegmentFiles.VectorFile(folder, name));
        }
        completed = true;
        writer.Dispose();
    }
}

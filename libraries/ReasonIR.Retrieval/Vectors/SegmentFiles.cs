namespace ReasonIR.Retrieval.Vectors;

/// <summary>The mapped files of a segment.</summary>
/// <param name="Path">Of the one with the header.</param>
/// <param name="Scan">Header, 8-bit codes and all that is short.</param>
/// <param name="Rough">What a scan reads first.</param>
/// <param name="Vectors">Stored vectors; null where the 8-bit codes are them.</param>
sealed record SegmentFiles(string Path, SegmentHeader Header, MappedBytes Scan, MappedBytes Rough, MappedBytes? Vectors) : IDisposable
{
    public static string ScanFile(string folder, string name) => System.IO.Path.Combine(folder, $"{name}.scan");

    public static string RoughFile(string folder, string name) => System.IO.Path.Combine(folder, $"{name}.rough");

    public static string VectorFile(string folder, string name) => System.IO.Path.Combine(folder, $"{name}.vectors");

    /// <summary>Opens a segment's files.</summary>
    /// <exception cref="VectorIndexException">Not a segment, of another version, truncated, or its header is damaged.</exception>
    public static SegmentFiles Open(string folder, string name)
    {
        var path = ScanFile(folder, name);
        using var file = Read(path);
        var page = new byte[SegmentHeader.Bytes];
        var header = SegmentHeader.Read(page.AsSpan(0, file.ReadAtLeast(page, page.Length, throwOnEndOfStream: false)), file.Length, path);
        MappedBytes? scan = null, rough = null, vectors = null;
        try
        {
            scan = new(file);
            rough = Sibling(RoughFile(folder, name), header.Rough);
            if (header.VectorStride > 0)
                vectors = Sibling(VectorFile(folder, name), header.Vectors);
            return new(path, header, scan, rough, vectors);
        }
        catch
        {
            scan?.Dispose();
            rough?.Dispose();
            vectors?.Dispose();
            throw;
        }

        static MappedBytes Sibling(string path, FileSection section)
        {
            using var file = Read(path);
            return file.Length == section.End ? new(file) : throw new VectorIndexException(path, $"{file.Length} bytes, expected {section.End}: truncated or damaged");
        }

        static FileStream Read(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
    }

    /// <summary>Keeps the files mapped until the result is disposed.</summary>
    /// <exception cref="ObjectDisposedException">They are not mapped any more.</exception>
    public HeldFiles Hold() => new(Vectors is null ? [Scan, Rough] : [Scan, Rough, Vectors]);

    public void Dispose()
    {
        Scan.Dispose();
        Rough.Dispose();
        Vectors?.Dispose();
    }
}

/// <summary>Holds the files mapped.</summary>
readonly struct HeldFiles : IDisposable
{
    readonly MappedBytes[] files;

    public HeldFiles(MappedBytes[] files)
    {
        var held = 0;
        try
        {
            for (; held < files.Length; held++)
            {
                var added = false;
                files[held].Handle.DangerousAddRef(ref added);
            }
            this.files = files;
        }
        catch
        {
            while (--held >= 0)
                files[held].Handle.DangerousRelease();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var file in files)
            file.Handle.DangerousRelease();
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// What an index consists of: the one file that is replaced, by renaming, when something changes, so that whoever opens the index finds
/// the state before or after a change. Text: a line <c>reasonir-vectors VERSION CRC-32C</c>, then JSON that the checksum is of.
/// </summary>
/// <param name="Generation">Grows with every change.</param>
/// <param name="Segments">In the order in which they were written.</param>
sealed record IndexManifest(long Generation, VectorIndexSettings Settings, IReadOnlyList<SegmentEntry> Segments)
{
    public const string FileName = "manifest";

    const int Version = 2, MostBytes = 16 << 20;
    const string Magic = "reasonir-vectors";

    /// <exception cref="VectorIndexException">There is none, it is of another version, or damaged.</exception>
    public static IndexManifest Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new VectorIndexException(folder, File.Exists(folder)
                ? "a file, expected the folder of a vector index: built by an earlier version, build it again"
                : $"not a vector index (no file '{FileName}')");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        if (file.Length > MostBytes)
            throw new VectorIndexException(path, $"{file.Length} bytes, expected {MostBytes} at most");
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var end = bytes.AsSpan().IndexOf((byte)'\n');
        var words = Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Clamp(end, 0, 100))).Split(' ');
        if (words.Length != 3 || words[0] != Magic)
            throw new VectorIndexException(path, "not the manifest of a vector index");
        if (words[1] != Version.ToString(CultureInfo.InvariantCulture))
            throw new VectorIndexException(path, $"version {words[1]}, expected {Version}: built by another version, build the index again");
        if (words[2] != Checksum(bytes.AsSpan(end + 1)))
            throw new VectorIndexException(path, "damaged (checksum)");
        try
        {
            var manifest = JsonSerializer.Deserialize<IndexManifest>(bytes.AsSpan(end + 1))!;
            manifest.Settings.Check();
            foreach (var segment in manifest.Segments)
                if (segment.Name != Path.GetFileName(segment.Name) || segment.Deleted is { } deleted && deleted != Path.GetFileName(deleted))
                    throw new VectorIndexException(path, "names a file outside its folder");
            return manifest;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NullReferenceException)
        {
            throw new VectorIndexException(path, $"damaged ({e.Message})");
        }
    }

    /// <summary>Replaces the manifest; when this returns, the change survives a crash.</summary>
    public void Write(string folder)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this);
        var temporary = Path.Combine(folder, $"{FileName}.tmp");
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(Encoding.ASCII.GetBytes($"{Magic} {Version} {Checksum(json)}\n"));
            file.Write(json);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, Path.Combine(folder, FileName), overwrite: true);
        DurableFolder.Flush(folder);
    }

    static string Checksum(ReadOnlySpan<byte> bytes) => Crc32C.Add(0, bytes).ToString("x8", CultureInfo.InvariantCulture);
}

/// <summary>A segment of an index.</summary>
/// <param name="Name">Its files' name without extension.</param>
/// <param name="Documents">Documents in it, removed ones included.</param>
/// <param name="Deleted">The file that names the removed ones; null: none is.</param>
/// <param name="DeletedDocuments">How many are removed.</param>
sealed record SegmentEntry(string Name, int Documents, int Rows, string? Deleted = null, int DeletedDocuments = 0);

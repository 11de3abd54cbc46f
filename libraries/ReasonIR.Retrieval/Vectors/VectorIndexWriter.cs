using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Writes an index file as vectors come: memory holds the ids and one row, not the vectors. The file appears under its name
/// when <see cref="Complete"/> is called (flushed, then renamed) and never otherwise. Not thread-safe.
/// </summary>
public sealed class VectorIndexWriter : IDisposable
{
    const int LongestIdBytes = 1 << 16;
    const int RowsAtOnce = 256;

    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly string _path, _temporary;
    readonly FileStream _file;
    readonly VectorMetric _metric;
    readonly VectorPrecision _precision;
    readonly float[] _row;
    readonly List<string> _ids = [];
    readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    long _idBytes;
    uint _floatsChecksum;
    bool _completed;

    VectorIndexWriter(string path, int dimension, VectorMetric metric, VectorPrecision precision)
    {
        (_path, Dimension, _metric, _precision) = (Path.GetFullPath(path), dimension, metric, precision);
        _temporary = $"{_path}.{Guid.NewGuid():N}.tmp";
        _row = new float[Header(default).Stride];
        _file = new FileStream(_temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 18);
        _file.Write(new byte[VectorFileHeader.FirstSection]);
    }

    public int Dimension { get; }

    /// <summary>Vectors so far.</summary>
    public int Count => _ids.Count;

    /// <summary>Starts an index.</summary>
    /// <param name="path">The file; one that exists is replaced at the end. Indexes that have it open keep the old one.</param>
    /// <param name="dimension">Floats a vector, 1 to 65,536.</param>
    public static VectorIndexWriter Create(
        string path, int dimension, VectorMetric metric = VectorMetric.Cosine,
        VectorPrecision precision = VectorPrecision.Float32)
    {
        if (dimension is < 1 or > VectorFileHeader.LargestDimension)
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"expected 1 to {VectorFileHeader.LargestDimension}");
        return new(path, dimension, metric, precision);
    }

    /// <summary>Adds a vector; for cosine it is stored divided by its length.</summary>
    /// <exception cref="ArgumentException">Another dimension, a value that is not finite, an id twice, empty or too long.</exception>
    public void Add(string id, ReadOnlySpan<float> vector)
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        if (vector.Length != Dimension)
            throw new ArgumentException($"document {id}: {vector.Length} floats, expected {Dimension}");
        vector.CopyTo(_row);
        var row = _row.AsSpan(0, Dimension);
        if (!UnitLength.Prepare(row, _metric))
            throw new ArgumentException($"document {id}: a value is not finite");
        var bytes = Utf8.GetByteCount(id);
        if (bytes is 0 or > LongestIdBytes)
            throw new ArgumentException($"document id of {bytes} bytes, expected 1 to {LongestIdBytes}");
        if (_ids.Count == Array.MaxLength)
            throw new InvalidOperationException($"more than {Array.MaxLength} vectors");
        if (!_seen.Add(id))
            throw new ArgumentException($"document {id} is added twice");
        _ids.Add(id);
        _idBytes += bytes;
        Write(MemoryMarshal.AsBytes(_row.AsSpan()), ref _floatsChecksum);
    }

    /// <summary>Adds a batch.</summary>
    /// <param name="vectors">Row-major, [ids × <see cref="Dimension"/>].</param>
    public void Add(IReadOnlyList<string> ids, ReadOnlySpan<float> vectors)
    {
        if (vectors.Length != (long)ids.Count * Dimension)
            throw new ArgumentException($"{vectors.Length} floats, expected {ids.Count} × {Dimension}");
        for (var i = 0; i < ids.Count; i++)
            Add(ids[i], vectors.Slice(i * Dimension, Dimension));
    }

    /// <summary>Writes what is left, flushes to disk and gives the file its name.</summary>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        _completed = true;
        var (codes, scales) = WriteCodes();
        Pad();
        var ids = WriteIds();
        Pad();
        var order = WriteOrder();
        var page = new byte[VectorFileHeader.Bytes];
        Header(new(_floatsChecksum, codes, scales, ids, order)).Write(page);
        _file.Position = 0;
        _file.Write(page);
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        File.Move(_temporary, _path, overwrite: true);
    }

    /// <summary>Removes what was written unless <see cref="Complete"/> has been called.</summary>
    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_temporary);
        _completed = true;
    }

    VectorFileHeader Header(SectionChecksums checksums) => new(Dimension, Count, _metric, _precision, _idBytes, checksums);

    /// <summary>Reads the floats back in blocks and appends their codes, then their scales.</summary>
    (uint Codes, uint Scales) WriteCodes()
    {
        Pad();
        var (codesChecksum, scalesChecksum) = (0u, 0u);
        var header = Header(default);
        if (header.HasCodes)
        {
            var scales = new float[Count];
            var rows = new float[RowsAtOnce * header.Stride];
            var codes = new sbyte[RowsAtOnce * header.CodeStride];
            for (var start = 0; start < Count; start += RowsAtOnce)
            {
                var block = Math.Min(RowsAtOnce, Count - start);
                _file.Position = header.Floats.Offset + (long)start * header.Stride * sizeof(float);
                _file.ReadExactly(MemoryMarshal.AsBytes(rows.AsSpan(0, block * header.Stride)));
                for (var i = 0; i < block; i++)
                    scales[start + i] = Int8Codes.Encode(
                        rows.AsSpan(i * header.Stride, Dimension), codes.AsSpan(i * header.CodeStride, Dimension));
                _file.Position = header.Codes.Offset + (long)start * header.CodeStride;
                Write(MemoryMarshal.AsBytes(codes.AsSpan(0, block * header.CodeStride)), ref codesChecksum);
            }
            Pad();
            Write(MemoryMarshal.AsBytes(scales.AsSpan()), ref scalesChecksum);
        }
        return (codesChecksum, scalesChecksum);
    }

    uint WriteIds()
    {
        var checksum = 0u;
        ulong offset = 0;
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        for (var row = 0; row <= Count; row++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, offset);
            Write(number, ref checksum);
            if (row < Count)
                offset += (ulong)Utf8.GetByteCount(_ids[row]);
        }
        var bytes = new byte[LongestIdBytes];
        foreach (var id in _ids)
            Write(bytes.AsSpan(0, Utf8.GetBytes(id, bytes)), ref checksum);
        return checksum;
    }

    uint WriteOrder()
    {
        var rows = new int[Count];
        for (var row = 0; row < rows.Length; row++)
            rows[row] = row;
        rows.AsSpan().Sort((a, b) => DocumentOrder.CompareIds(_ids[a], _ids[b]));
        var checksum = 0u;
        Write(MemoryMarshal.AsBytes(rows.AsSpan()), ref checksum);
        return checksum;
    }

    void Write(ReadOnlySpan<byte> bytes, ref uint checksum)
    {
        checksum = Crc32C.Add(checksum, bytes);
        _file.Write(bytes);
    }

    /// <summary>Goes to the end of the file and on to the next section's start.</summary>
    void Pad()
    {
        _file.Seek(0, SeekOrigin.End);
        _file.Write(new byte[VectorFileHeader.Align(_file.Position) - _file.Position]);
    }
}

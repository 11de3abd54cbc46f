using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace ReasonIR.Models.Safetensors;

/// <summary>
/// A safetensors file, mapped into memory: opening costs the header, a tensor is paged in when it is read.
/// Layout: u64 header length (little endian), JSON header, data. Every error names the file and, where there is one, the tensor.
/// Reading from several threads is safe; dispose ends the mapping and with it every span and pointer handed out.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    readonly MemoryMappedFile map;
    readonly MemoryMappedViewAccessor view;
    readonly Dictionary<string, TensorInfo> tensors;
    byte* data;

    SafetensorsFile(string path, MemoryMappedFile map, MemoryMappedViewAccessor view, byte* data,
        Dictionary<string, TensorInfo> tensors, Dictionary<string, string> metadata)
    {
        (Path, this.map, this.view, this.tensors, Metadata) = (path, map, view, tensors, metadata);
        this.data = data;
    }

    public string Path { get; }

    /// <summary>The header's <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <exception cref="InvalidDataException">The file is not a safetensors file, or its header contradicts its length.</exception>
    public static SafetensorsFile Open(string path)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            var length = RandomAccess.GetLength(handle);
            var header = ReadHeader(handle, length, path);
            var (tensors, metadata) = SafetensorsHeader.Parse(header, length - 8 - header.Length, path);

            var map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            var view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            return new(path, map, view, start + view.PointerOffset + 8 + header.Length, tensors, metadata);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    static byte[] ReadHeader(SafeFileHandle handle, long length, string path)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (length < 8 || RandomAccess.Read(handle, prefix, 0) < 8)
            throw new InvalidDataException($"{path}: {length} bytes are too few for a safetensors file.");
        var size = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (size > SafetensorsHeader.MaxBytes || (long)size > length - 8)
            throw new InvalidDataException(
                $"{path}: the header claims {size} bytes; the file has {length - 8} after its length and the limit is {SafetensorsHeader.MaxBytes}.");
        var header = new byte[(int)size];
        for (var read = 0; read < header.Length;)
        {
            var n = RandomAccess.Read(handle, header.AsSpan(read), 8 + read);
            read += n > 0 ? n : throw new InvalidDataException($"{path}: the file ended inside its header.");
        }
        return header;
    }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="InvalidDataException">There is none, or its shape is not the expected one (-1 stands for any size).</exception>
    public TensorInfo Get(string name, params ReadOnlySpan<long> expectedShape)
    {
        if (!tensors.TryGetValue(name, out var info))
            throw new InvalidDataException($"{Path}: there is no tensor '{name}'.");
        if (expectedShape.Length == 0)
            return info;
        var fits = info.Shape.Count == expectedShape.Length;
        for (var i = 0; fits && i < expectedShape.Length; i++)
            fits = expectedShape[i] < 0 || expectedShape[i] == info.Shape[i];
        return fits ? info : throw new InvalidDataException(
            $"{Path}: tensor '{name}' has the shape {info.ShapeText}; [{string.Join(", ", expectedShape.ToArray())}] was expected.");
    }

    /// <summary>The tensor's raw little-endian bytes in the mapping (at most 2 GB; use <see cref="Pointer"/> beyond).</summary>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        var info = Get(name);
        return info.Bytes <= int.MaxValue
            ? new(Pointer(name), (int)info.Bytes)
            : throw new InvalidDataException($"{Path}: tensor '{name}' has {info.Bytes} bytes, too many for one span.");
    }

    /// <summary>Address of the tensor's first byte; valid until this file is disposed. It may be unaligned.</summary>
    public byte* Pointer(string name)
    {
        ObjectDisposedException.ThrowIf(data is null, this);
        return data + Get(name).Offset;
    }

    /// <summary>A copy of the tensor's elements as f32, row-major.</summary>
    public float[] ReadFloats(string name)
    {
        var info = Get(name);
        if (info.Elements > Array.MaxLength)
            throw new InvalidDataException($"{Path}: tensor '{name}' {info.ShapeText} has too many elements for one array.");
        var values = new float[info.Elements];
        ReadFloats(name, values);
        return values;
    }

    /// <summary>Converts the tensor's elements to f32 into <paramref name="destination"/>, which has exactly their number.</summary>
    public void ReadFloats(string name, Span<float> destination)
    {
        var info = Get(name);
        if (destination.Length != info.Elements)
            throw new ArgumentException($"{Path}: tensor '{name}' has {info.Elements} elements, the destination {destination.Length}.", nameof(destination));
        if (!TensorConversion.TryToFloats(info.Type, Pointer(name), destination))
            throw new InvalidDataException($"{Path}: tensor '{name}' is of type {TensorTypes.Name(info.Type)}, which has no conversion to f32 here.");
    }

    /// <summary>A copy of an integer tensor's elements.</summary>
    public long[] ReadLongs(string name)
    {
        var info = Get(name);
        var values = new long[info.Elements];
        return TensorConversion.TryToLongs(info.Type, Pointer(name), values)
            ? values
            : throw new InvalidDataException($"{Path}: tensor '{name}' is of type {TensorTypes.Name(info.Type)}; an integer type was expected.");
    }

    public void Dispose()
    {
        if (data is null)
            return;
        data = null;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }
}

using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReasonIR.Models.Safetensors;

/// <summary>
/// A safetensors file, mapped into memory: opening costs the header, a tensor is paged in when it is read.
/// Layout: u64 header length (little endian), JSON header, data. Every error names the file and, where there is one, the tensor.
/// Reading from several threads is safe; dispose ends the mapping and with it every span and pointer handed out.
/// </summary>
public sealed unsafe partial class SafetensorsFile : IDisposable
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
        MemoryMappedFile? map = null;
        MemoryMappedViewAccessor? view = null;
        byte* start = null;
        try
        {
            var length = RandomAccess.GetLength(handle);
            var header = ReadHeaderLength(handle, length, path);
            map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            // The header is parsed where it lies: a large one costs no memory.
            var at = start + view.PointerOffset + 8;
            var (tensors, metadata) = SafetensorsHeader.Parse(new(at, (int)header), length - 8 - header, path);
            return new(path, map, view, at + header, tensors, metadata);
        }
        catch
        {
            if (start is not null)
                view!.SafeMemoryMappedViewHandle.ReleasePointer();
            view?.Dispose();
            map?.Dispose();
            handle.Dispose();
            throw;
        }
    }

    static long ReadHeaderLength(SafeFileHandle handle, long length, string path)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (length < 8 || RandomAccess.Read(handle, prefix, 0) < 8)
            throw new InvalidDataException($"{path}: {length} bytes are too few for a safetensors file.");
        var size = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        return size <= SafetensorsHeader.MaxBytes && (long)size <= length - 8
            ? (long)size
            : throw new InvalidDataException(
                $"{path}: the header claims {size} bytes; the file has {length - 8} after its length and the limit is {SafetensorsHeader.MaxBytes}.");
    }

    /// <summary>Asks the system to read the file's pages ahead, beside whatever else is done; returns at once.</summary>
    public void Prefetch()
    {
        ObjectDisposedException.ThrowIf(data is null, this);
        // Advice: a system that does not take it reads the pages when they are touched.
        const int willNeed = 3;
        var page = (nuint)Environment.SystemPageSize;
        var first = (nuint)data & ~(page - 1);
        _ = madvise((void*)first, (nuint)data + (nuint)tensors.Values.Sum(t => t.Bytes) - first, willNeed);
    }

    [LibraryImport("libc")] private static partial int madvise(void* address, nuint length, int advice);

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
        var values = new float[ArrayLength(info)];
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

    /// <summary>Copies elements of a floating-point tensor, converted; from several threads at once, if need be.</summary>
    /// <param name="target">f32, bf16 or f16.</param>
    /// <param name="first">The first element to copy.</param>
    /// <param name="destination">Bytes of as many elements of <paramref name="target"/> as are to be copied.</param>
    /// <exception cref="InvalidDataException">The tensor holds no floating-point numbers.</exception>
    public void Read(string name, TensorType target, long first, Span<byte> destination)
    {
        var info = Get(name);
        if (!TensorConversion.IsFloat(info.Type))
            throw new InvalidDataException($"{Path}: tensor '{name}' is of type {TensorTypes.Name(info.Type)}; a floating-point type was expected of a weight.");
        if (first < 0 || first + destination.Length / TensorTypes.Size(target) > info.Elements)
            throw new ArgumentOutOfRangeException(nameof(first), $"{Path}: tensor '{name}' has {info.Elements} elements.");
        TensorConversion.Copy(info.Type, Pointer(name) + first * TensorTypes.Size(info.Type), target, destination);
    }

    /// <summary>A copy of an integer tensor's elements.</summary>
    public long[] ReadLongs(string name)
    {
        var info = Get(name);
        var values = new long[ArrayLength(info)];
        return TensorConversion.TryToLongs(info.Type, Pointer(name), values)
            ? values
            : throw new InvalidDataException($"{Path}: tensor '{name}' is of type {TensorTypes.Name(info.Type)}; an integer type was expected.");
    }

    long ArrayLength(TensorInfo info) => info.Elements <= Array.MaxLength
        ? info.Elements
        : throw new InvalidDataException($"{Path}: tensor '{info.Name}' {info.ShapeText} has too many elements for one array.");

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

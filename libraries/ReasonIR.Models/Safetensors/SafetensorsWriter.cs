using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace ReasonIR.Models.Safetensors;

/// <summary>A tensor to be written: its data is asked for only when its turn comes, so that a large model need not be in memory twice.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">Element type in the file.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Write">Writes exactly the tensor's bytes, little-endian, row-major.</param>
public sealed record TensorToWrite(string Name, TensorType Type, IReadOnlyList<long> Shape, Action<Stream> Write)
{
    /// <summary>An f32 array, stored as f32, f16 or bf16.</summary>
    public static TensorToWrite Floats(string name, ReadOnlyMemory<float> values, IReadOnlyList<long> shape, TensorType type = TensorType.F32) =>
        new(name, type, shape, stream => WriteFloats(stream, values.Span, type));

    /// <summary>An i64 array.</summary>
    public static TensorToWrite Longs(string name, ReadOnlyMemory<long> values, IReadOnlyList<long> shape) =>
        new(name, TensorType.I64, shape, stream =>
        {
            foreach (var block in Blocks(values.Length))
                stream.Write(MemoryMarshal.AsBytes(values.Span[block]));
        });

    static IEnumerable<Range> Blocks(int length)
    {
        const int size = 1 << 20;
        for (var start = 0; start < length; start += size)
            yield return start..Math.Min(start + size, length);
    }

    static unsafe void WriteFloats(Stream stream, ReadOnlySpan<float> values, TensorType type)
    {
        foreach (var range in Blocks(values.Length))
        {
            var block = values[range];
            switch (type)
            {
                case TensorType.F32:
                    stream.Write(MemoryMarshal.AsBytes(block));
                    break;
                default:
                    var halves = new byte[2 * block.Length];
                    fixed (byte* to = halves)
                        TensorConversion.FromFloats(block, type, to);
                    stream.Write(halves);
                    break;
            }
        }
    }
}

/// <summary>Writes safetensors files: to a temporary name beside the target, flushed to disk, then renamed, so that no reader sees half a file.</summary>
public static class SafetensorsWriter
{
    /// <param name="path">The file to create or replace.</param>
    /// <param name="tensors">In any order; the file holds them by falling element size, then by name, as the reference library does (keeps them aligned).</param>
    /// <param name="metadata">The header's <c>__metadata__</c>; transformers wants <c>format</c> = <c>pt</c> there.</param>
    public static void Save(string path, IEnumerable<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderByDescending(t => TensorTypes.Size(t.Type)).ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
        var (header, lengths) = Header(ordered, metadata);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                Span<byte> prefix = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
                stream.Write(prefix);
                stream.Write(header);
                for (var i = 0; i < ordered.Count; i++)
                {
                    var start = stream.Position;
                    ordered[i].Write(stream);
                    if (stream.Position - start != lengths[i])
                        throw new ArgumentException($"{path}: tensor '{ordered[i].Name}' wrote {stream.Position - start} bytes; its shape needs {lengths[i]}.", nameof(tensors));
                }
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    static (byte[] Header, List<long> Lengths) Header(List<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        var lengths = new List<long>(tensors.Count);
        var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (var tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                    throw new ArgumentException($"Tensor '{tensor.Name}' is given twice or has the name of the metadata.", nameof(tensors));
                var length = tensor.Shape.Aggregate((long)TensorTypes.Size(tensor.Type), (n, size) => checked(n * size));
                lengths.Add(length);
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", TensorTypes.Name(tensor.Type));
                json.WriteStartArray("shape");
                foreach (var size in tensor.Shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += length);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Spaces to a multiple of 8, so that mapped f64 and i64 data lie aligned.
        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return (buffer.ToArray(), lengths);
    }
}

using System.Text.Json;

namespace ReasonIR.Models.Safetensors;

/// <summary>
/// Parses and checks the JSON header of a safetensors file (format: huggingface/safetensors). Nothing that the header claims is
/// believed before it is checked against the file's length, and what is kept of it is bounded, whatever it repeats or nests.
/// </summary>
static class SafetensorsHeader
{
    /// <summary>The reference reader's own limit on the header, bytes.</summary>
    public const long MaxBytes = 100_000_000;

    /// <summary>The largest published models have some thousands in a file.</summary>
    public const int MaxTensors = 1 << 16;

    const int MaxDimensions = 64, MaxNameBytes = 512, MaxMetadataBytes = 4 << 20, MaxDepth = 8;

    /// <param name="json">The header's bytes.</param>
    /// <param name="dataBytes">Length of the file after the header.</param>
    /// <param name="path">The file, for errors.</param>
    public static (Dictionary<string, TensorInfo> Tensors, Dictionary<string, string> Metadata) Parse(ReadOnlySpan<byte> json, long dataBytes, string path)
    {
        var tensors = new Dictionary<string, TensorInfo>(StringComparer.Ordinal);
        Dictionary<string, string>? metadata = null;
        try
        {
            // The format wants the brace first; spaces may follow the object.
            if (json.IsEmpty || json[0] != '{')
                throw new InvalidDataException($"{path}: the safetensors header is not a JSON object.");
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = Text(ref reader, "a tensor's name");
                reader.Read();
                if (name == "__metadata__")
                    metadata = metadata is null ? ReadMetadata(ref reader, path) : throw new InvalidDataException($"{path}: __metadata__ stands twice in the header.");
                else if (tensors.Count == MaxTensors)
                    throw new InvalidDataException($"{path}: the header names more than {MaxTensors} tensors.");
                else if (!tensors.TryAdd(name, ReadTensor(ref reader, name, dataBytes, path)))
                    throw new InvalidDataException($"{path}: tensor '{name}' stands twice in the header.");
            }
            while (reader.Read()) { }   // anything but white space after the object throws
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path}: the safetensors header is not valid: {error.Message}", error);
        }
        CheckLayout(tensors.Values, dataBytes, path);
        return (tensors, metadata ?? []);
    }

    static Dictionary<string, string> ReadMetadata(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new InvalidDataException($"{path}: __metadata__ in the header is not an object of strings.");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var left = MaxMetadataBytes;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = Text(ref reader, "a key of __metadata__");
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw new InvalidDataException($"{path}: __metadata__ '{key}' in the header is not a string.");
            // An entry costs memory of its own, however short it is.
            const int entry = 64;
            if ((left -= reader.ValueSpan.Length + key.Length + entry) < 0)
                throw new InvalidDataException($"{path}: __metadata__ in the header is larger than {MaxMetadataBytes} bytes.");
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw new InvalidDataException($"{path}: __metadata__ '{key}' stands twice in the header.");
        }
        return metadata;
    }

    /// <summary>A short string or name; a longer one is refused before it is copied.</summary>
    static string Text(ref Utf8JsonReader reader, string what) =>
        reader.ValueSpan.Length <= MaxNameBytes ? reader.GetString()! : throw new JsonException($"{what} is longer than {MaxNameBytes} bytes");

    static TensorInfo ReadTensor(ref Utf8JsonReader reader, string name, long dataBytes, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Bad("is not an object");
        TensorType? type = null;
        List<long>? shape = null, range = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = Text(ref reader, "a field's name");
            reader.Read();
            switch (field)
            {
                case "dtype" when type is null:
                    var dtype = reader.TokenType == JsonTokenType.String ? Text(ref reader, "a dtype") : throw Bad("has a dtype that is not a string");
                    type = TensorTypes.Parse(dtype) ?? throw Bad($"has the unknown dtype '{dtype}'");
                    break;
                case "shape" when shape is null: shape = ReadNumbers(ref reader, MaxDimensions); break;
                case "data_offsets" when range is null: range = ReadNumbers(ref reader, 2); break;
                case "dtype" or "shape" or "data_offsets": throw Bad($"has the field '{field}' twice");
                default: throw Bad($"has the unknown field '{field}'");
            }
        }
        if (type is null || shape is null || range is not { Count: 2 })
            throw Bad("lacks dtype, shape or two data_offsets");

        long elements = 1, bytes;
        try
        {
            foreach (var size in shape)
                elements = checked(elements * size);
            bytes = checked(elements * TensorTypes.Size(type.Value));
        }
        catch (OverflowException) { throw Bad($"has a shape [{string.Join(", ", shape)}] that overflows"); }
        if (range[0] > range[1] || range[1] > dataBytes)
            throw Bad($"has data_offsets [{range[0]}, {range[1]}] outside the {dataBytes} bytes of data");
        if (range[1] - range[0] != bytes)
            throw Bad($"has {range[1] - range[0]} bytes of data; {TensorTypes.Name(type.Value)} [{string.Join(", ", shape)}] needs {bytes}");
        return new(name, type.Value, shape, range[0], bytes);

        InvalidDataException Bad(string what) => new($"{path}: tensor '{name}' {what}.");
    }

    static List<long> ReadNumbers(ref Utf8JsonReader reader, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("an array of numbers was expected");
        var numbers = new List<long>(2);
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            if (!reader.TryGetInt64(out var number) || number < 0)
                throw new JsonException("a size or offset is not a whole number from 0 on");
            if (numbers.Count == most)
                throw new JsonException($"more than {most} sizes or offsets");
            numbers.Add(number);
        }
        if (reader.TokenType != JsonTokenType.EndArray)
            throw new JsonException("an array of numbers was expected");
        return numbers;
    }

    /// <summary>The format wants the tensors to fill the data exactly: no overlap, no hole, nothing after the last.</summary>
    static void CheckLayout(IEnumerable<TensorInfo> tensors, long dataBytes, string path)
    {
        long end = 0;
        foreach (var tensor in tensors.OrderBy(t => t.Offset).ThenBy(t => t.Bytes))
        {
            if (tensor.Offset != end)
                throw new InvalidDataException(
                    $"{path}: tensor '{tensor.Name}' begins at byte {tensor.Offset} of the data; {end} was expected ({(tensor.Offset < end ? "it overlaps another" : "there is a hole")}).");
            end = tensor.Offset + tensor.Bytes;
        }
        if (end != dataBytes)
            throw new InvalidDataException($"{path}: the tensors end at byte {end} of the data, which has {dataBytes}.");
    }
}

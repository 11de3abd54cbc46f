using System.Text.Json;

namespace ReasonIR.Models.SentenceTransformers;

/// <summary>A small JSON file of a model folder; its errors name the file and the field.</summary>
public sealed class JsonFile : IDisposable
{
    /// <summary>No configuration file of a model is larger, bytes.</summary>
    const int MaxBytes = 16 << 20;

    readonly JsonDocument document;

    JsonFile(string path, JsonDocument document) => (Path, this.document) = (path, document);

    public string Path { get; }

    public JsonElement Root => document.RootElement;

    /// <exception cref="InvalidDataException">The file is not JSON, or is too large.</exception>
    public static JsonFile Open(string path)
    {
        using var stream = File.OpenRead(path);
        if (stream.Length > MaxBytes)
            throw new InvalidDataException($"{path}: {stream.Length} bytes; at most {MaxBytes} were expected of a configuration file.");
        try
        {
            return new(path, JsonDocument.Parse(stream));
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: line {error.LineNumber + 1}: not valid JSON: {error.Message}", error);
        }
    }

    public string? Text(string field) => Get(field) is { } v ? v.ValueKind == JsonValueKind.String ? v.GetString() : throw Bad(field, "a string was expected") : null;

    public bool? Boolean(string field) =>
        Get(field) is { } v ? v.ValueKind is JsonValueKind.True or JsonValueKind.False ? v.GetBoolean() : throw Bad(field, "true or false was expected") : null;

    public double? Number(string field) => Get(field) is { } v ? v.ValueKind == JsonValueKind.Number ? v.GetDouble() : throw Bad(field, "a number was expected") : null;

    public int? Integer(string field) =>
        Get(field) is { } v ? v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out var n) ? n : throw Bad(field, "a whole number was expected") : null;

    /// <summary>The field's value; null where it is absent or null.</summary>
    public JsonElement? Element(string field) => Get(field);

    public int RequiredInteger(string field) => Integer(field) ?? throw Bad(field, "is missing");

    public InvalidDataException Bad(string field, string expected) => new($"{Path}: {field}: {expected}.");

    public void Dispose() => document.Dispose();

    JsonElement? Get(string field) =>
        Root.ValueKind != JsonValueKind.Object ? throw Bad("the whole", "an object was expected")
        : Root.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}

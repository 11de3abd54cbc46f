using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReasonIR.Experiments;

/// <summary>How every JSON column of the experiment database is written: web defaults, enums as camelCase strings, NaN allowed.</summary>
public static class ExperimentsJson
{
    /// <summary>The options that all reading and writing of JSON columns uses.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>Writes a value as a JSON column's text.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Reads a JSON column's text.</summary>
    /// <exception cref="JsonException">The text is not a <typeparamref name="T"/>.</exception>
    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)
        ?? throw new JsonException($"expected a {typeof(T).Name}, found null");

    static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

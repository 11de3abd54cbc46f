using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Serialization;

/// <summary>The JSON settings that services, portal and command line share: camelCase, enums as strings, unknown fields refused in specs.</summary>
public static class ReasonIrJson
{
    /// <summary>For HTTP bodies and stored documents: a reader ignores fields it does not know.</summary>
    public static JsonSerializerOptions Web { get; } = Create(JsonUnmappedMemberHandling.Skip);

    /// <summary>For specs that a person writes: a misspelt field is an error that names it.</summary>
    public static JsonSerializerOptions Strict { get; } = Create(JsonUnmappedMemberHandling.Disallow);

    static JsonSerializerOptions Create(JsonUnmappedMemberHandling unmapped)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            UnmappedMemberHandling = unmapped,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

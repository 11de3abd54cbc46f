using System.Text.Json;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Models.Decoders;

/// <summary>
/// Rotary positions in config.json: <c>rope_theta</c> and <c>rope_scaling</c> (<c>{"rope_type" or "type", "factor", ...}</c>) before
/// transformers 5, <c>rope_parameters</c> with the base inside since. Where both stand, the newer one counts.
/// </summary>
static class RotaryFields
{
    public static RotaryConfig Read(JsonFile json, double standardTheta)
    {
        var field = json.Element("rope_parameters") is null ? "rope_scaling" : "rope_parameters";
        var theta = json.Positive("rope_theta", standardTheta);
        if (json.Element(field) is not { } rope)
            return new(theta);
        if (rope.ValueKind != JsonValueKind.Object)
            throw json.Bad(field, "an object was expected");
        if (rope.TryGetProperty("rope_theta", out _))
            theta = Number("rope_theta");
        if (rope.TryGetProperty("partial_rotary_factor", out var part) && !(part.ValueKind == JsonValueKind.Null || part.ValueKind == JsonValueKind.Number && part.GetDouble() == 1))
            throw new NotSupportedException($"{json.Path}: {field}.partial_rotary_factor '{part.GetRawText()}' is not supported; 1 is.");
        return new(theta, Type() switch
        {
            "default" => null,
            "linear" => new LinearScaling(Number("factor")),
            "llama3" => Llama3(),
            var other => throw new NotSupportedException(
                $"{json.Path}: {field}.rope_type '{other}' is not supported; default, linear and llama3 are."
                + (other == "dynamic" ? " With dynamic a vector would depend on the longest text of its batch." : "")),
        });

        string Type()
        {
            foreach (var name in new[] { "rope_type", "type" })
                if (rope.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
                    return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw json.Bad($"{field}.{name}", "a string was expected");
            // Bases for kinds of layers, as newer families have them.
            return rope.EnumerateObject().Where(e => e.Value.ValueKind == JsonValueKind.Object).Select(e => e.Name).FirstOrDefault() is { } nested
                ? throw new NotSupportedException($"{json.Path}: {field}.{nested} is not supported: all layers share one rotation here.")
                : "default";
        }

        Llama3Scaling Llama3()
        {
            var scaling = new Llama3Scaling(Number("factor"), Number("low_freq_factor"), Number("high_freq_factor"), Number("original_max_position_embeddings"));
            return scaling.HighFrequencyFactor > scaling.LowFrequencyFactor
                ? scaling
                : throw json.Bad($"{field}.high_freq_factor", $"{scaling.HighFrequencyFactor} is not above low_freq_factor {scaling.LowFrequencyFactor}");
        }

        double Number(string name) =>
            rope.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.GetDouble() is > 0 and < double.PositiveInfinity and var number
                ? number
                : throw json.Bad($"{field}.{name}", "a number above 0 was expected");
    }
}

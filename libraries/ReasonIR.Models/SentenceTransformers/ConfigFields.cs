using System.Text.Json;

namespace ReasonIR.Models.SentenceTransformers;

/// <summary>Fields of a config.json as architectures read them: bounded sizes, shares, and refusals that name field and value.</summary>
public static class ConfigFields
{
    /// <summary>No dimension of a known model comes near this; a broken file must not allocate without bound.</summary>
    const int MaxDimension = 1 << 22;

    /// <summary>A dimension or a count from 1 on; <paramref name="standard"/> where the field is absent.</summary>
    public static int Size(this JsonFile json, string field, int standard) =>
        json.Integer(field) switch
        {
            null => standard,
            >= 1 and <= MaxDimension and var value => value,
            var value => throw json.Bad(field, $"{value} is out of range; 1 to {MaxDimension} was expected"),
        };

    /// <summary>A share from 0 to below 1, such as a dropout.</summary>
    public static double Share(this JsonFile json, string field, double standard)
    {
        var value = json.Number(field) ?? standard;
        return value is >= 0 and < 1 ? value : throw json.Bad(field, $"{value} is out of range; a share from 0 to below 1 was expected");
    }

    /// <summary>A finite number above 0, such as an epsilon or a rotary base.</summary>
    public static double Positive(this JsonFile json, string field, double standard)
    {
        var value = json.Number(field) ?? standard;
        return value > 0 && double.IsFinite(value) ? value : throw json.Bad(field, $"{value} is out of range; a number above 0 was expected");
    }

    /// <summary>A field that changes the arithmetic and has one value that is implemented.</summary>
    /// <exception cref="NotSupportedException">The field is there with another value; the message names both.</exception>
    public static void Only(this JsonFile json, string field, string supported)
    {
        if (json.Element(field) is { } value && !(value.ValueKind == JsonValueKind.String && value.GetString() == supported))
            throw Refuse(json, field, value, $"'{supported}'");
    }

    /// <inheritdoc cref="Only(JsonFile, string, string)"/>
    public static void Only(this JsonFile json, string field, bool supported)
    {
        if (json.Element(field) is { } value && value.ValueKind != (supported ? JsonValueKind.True : JsonValueKind.False))
            throw Refuse(json, field, value, supported ? "true" : "false");
    }

    /// <summary>A field that changes the arithmetic and is implemented only where it is absent, null or empty.</summary>
    /// <exception cref="NotSupportedException">The field is there; the message names it and its value.</exception>
    public static void Absent(this JsonFile json, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
            if (json.Element(field) is { } value && !IsEmpty(value))
                throw Refuse(json, field, value, "a config without it");
    }

    /// <summary>Refuses every field that is not named: what a module's file may hold is known completely, and an unknown field is one more way to compute.</summary>
    /// <exception cref="NotSupportedException">There is another field; the message names it and its value.</exception>
    public static void OnlyFields(this JsonFile json, params ReadOnlySpan<string> known)
    {
        if (json.Root.ValueKind != JsonValueKind.Object)
            throw json.Bad("the whole", "an object was expected");
        foreach (var field in json.Root.EnumerateObject())
            if (!known.Contains(field.Name) && field.Value.ValueKind != JsonValueKind.Null)
                throw Refuse(json, field.Name, field.Value, "a file without it");
    }

    /// <summary>
    /// What no architecture here may have: weights of a quantized format, or code that the model brings along, which may compute anything.
    /// </summary>
    /// <exception cref="NotSupportedException">There is such a field; the message names it.</exception>
    public static void RefuseForeign(this JsonFile json) => json.Absent("quantization_config", "auto_map", "compression_config");

    static NotSupportedException Refuse(JsonFile json, string field, JsonElement value, string supported)
    {
        const int shown = 100;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return new($"{json.Path}: {field} '{(text.Length > shown ? text[..shown] + "…" : text)}' is not supported; {supported} is.");
    }

    static bool IsEmpty(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? !value.EnumerateObject().Any() : value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0;
}

using System.Text.Json;

namespace ReasonIR.Tokenizers.Loading;

/// <summary>A place in a tokenizer.json; errors name the file and the place.</summary>
readonly record struct JsonNode(string File, string Place, JsonElement Element)
{
    public JsonNode? Find(string field) =>
        Element.ValueKind != JsonValueKind.Object ? throw Bad("an object was expected")
        : Element.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? new(File, Place.Length == 0 ? field : $"{Place}.{field}", value) : null;

    public JsonNode Get(string field) => Find(field) ?? throw Bad($"'{field}' is missing");

    public string Text()
    {
        if (Element.ValueKind != JsonValueKind.String)
            throw Bad("a string was expected");
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw Bad($"not a Unicode text: {error.Message}");
        }
    }

    /// <summary>A text of exactly one code point.</summary>
    public string Character() => Text() is var text && text.EnumerateRunes().Count() == 1 ? text : throw Bad("one character was expected");

    public bool Boolean() => Element.ValueKind is JsonValueKind.True or JsonValueKind.False ? Element.GetBoolean() : throw Bad("true or false was expected");

    /// <summary>A whole number from 0 to <paramref name="most"/>.</summary>
    public int Integer(int most = int.MaxValue) =>
        Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var number) && number >= 0 && number <= most
            ? number
            : throw Bad($"a whole number from 0 to {most} was expected");

    public IEnumerable<JsonNode> Items()
    {
        if (Element.ValueKind != JsonValueKind.Array)
            throw Bad("an array was expected");
        var index = 0;
        foreach (var item in Element.EnumerateArray())
            yield return new(File, $"{Place}[{index++}]", item);
    }

    /// <summary>As <see cref="Items"/>, without a node for each: for lists of hundreds of thousands.</summary>
    public JsonElement.ArrayEnumerator Elements(int most) =>
        Element.ValueKind != JsonValueKind.Array ? throw Bad("an array was expected")
        : Element.GetArrayLength() > most ? throw Bad($"{Element.GetArrayLength()} entries; at most {most} were expected")
        : Element.EnumerateArray();

    public IEnumerable<(string Name, JsonNode Value)> Fields()
    {
        if (Element.ValueKind != JsonValueKind.Object)
            throw Bad("an object was expected");
        foreach (var field in Element.EnumerateObject())
        {
            var name = NameOf(field);
            yield return (name, new(File, $"{Place}.{name}", field.Value));
        }
    }

    string NameOf(JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException error)
        {
            throw Bad($"a field's name is not a Unicode text: {error.Message}");
        }
    }

    /// <summary>The component's <c>type</c>.</summary>
    public string Type() => Get("type").Text();

    public InvalidDataException Bad(string what) => new($"{File}: {(Place.Length == 0 ? "the whole" : Place)}: {what}.");

    public NotSupportedException Unsupported(string what) => new($"{File}: {Place}: {what}.");

    public NotSupportedException Unknown(string stage) => new($"{File}: {Place}: the {stage} '{Type()}' is not supported.");
}

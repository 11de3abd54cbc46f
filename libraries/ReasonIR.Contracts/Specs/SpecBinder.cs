using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ReasonIR.Contracts.Specs;

/// <summary>Fits what was written to the records of a spec, collecting every misfit: unknown fields (with the nearest known one), wrong types.</summary>
sealed class SpecBinder(Type root)
{
    static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, PropertyInfo>> Known = new();

    readonly List<SpecProblem> problems = [];

    public IReadOnlyList<SpecProblem> Problems => problems;

    /// <summary>Every value by its path, as it was written, whether it fits or not; what was written in short stands at its full path.</summary>
    public Dictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>The JSON of what fits.</summary>
    public JsonNode? Bind(SpecNode node) => Bind(root, node, "");

    /// <summary>The fields of a record by the names they have in a spec.</summary>
    public static IReadOnlyDictionary<string, PropertyInfo> FieldsOf(Type record) => Known.GetOrAdd(record, type =>
        type.GetConstructors().MaxBy(constructor => constructor.GetParameters().Length)!.GetParameters().Select(parameter => type.GetProperty(parameter.Name!)!)
            .ToDictionary(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name), StringComparer.Ordinal));

    JsonNode? Bind(Type type, SpecNode node, string path)
    {
        if (node is SpecScalar { Text: null })
            return null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (ItemOf(type) is { } item)
            return BindList(item, node, path);
        if (IsRecord(type))
            return BindRecord(type, node, path);
        if (node is not SpecScalar scalar)
            return Wrong(node, path, $"expected {Name(type)}, found {(node is SpecList ? "a list" : "fields")}.");
        return BindScalar(type, scalar, path);
    }

    JsonArray BindList(Type item, SpecNode node, string path)
    {
        // One thing alone is a list of one.
        IReadOnlyList<SpecNode> items = node is SpecList list ? list.Items : [node];
        var array = new JsonArray();
        foreach (var (i, one) in items.Index())
            array.Add(Bind(item, one, $"{path}[{i}]"));
        return array;
    }

    JsonNode? BindRecord(Type type, SpecNode node, string path)
    {
        var fields = FieldsOf(type);
        if (node is not SpecMap map)
        {
            if (type.GetCustomAttribute<ShorthandAttribute>() is not { } shorthand || node is not SpecScalar)
                return Wrong(node, path, $"expected fields ({string.Join(", ", fields.Keys)}), found {(node is SpecList ? "a list" : $"'{((SpecScalar)node).Text}'")}.");
            var property = type.GetProperty(shorthand.Property)!;
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            return Bind(property.PropertyType, node, $"{path}.{name}") is { } value ? new JsonObject { [name] = value } : null;
        }
        var bound = new JsonObject();
        foreach (var field in map.Fields)
            if (!fields.TryGetValue(field.Name, out var property))
                Wrong(new SpecScalar("", false, field.Line), Join(path, field.Name), $"there is no such field; {Nearest(field.Name, path, fields.Keys)}");
            else if (Bind(property.PropertyType, field.Value, Join(path, field.Name)) is { } value)
                bound[field.Name] = value;
            else if (field.Value is SpecScalar { Text: null } && Nullable.GetUnderlyingType(property.PropertyType) is not null)
                // A number that has a default is switched off by null.
                bound[field.Name] = null;
        return bound;
    }

    JsonNode? BindScalar(Type type, SpecScalar scalar, string path)
    {
        var text = scalar.Text!;
        Values[path] = text;
        if (type == typeof(string))
            return JsonValue.Create(text);
        if (type == typeof(bool) && !scalar.Quoted && text.ToLowerInvariant() is "true" or "false" or "yes" or "no" or "on" or "off")
            return JsonValue.Create(text.ToLowerInvariant() is "true" or "yes" or "on");
        const NumberStyles styles = NumberStyles.Float;
        if (type == typeof(int) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return whole is >= int.MinValue and <= int.MaxValue ? JsonValue.Create((int)whole) : Wrong(scalar, path, $"expected {int.MinValue} to {int.MaxValue}, found {text}.");
        if (type == typeof(double) && double.TryParse(text, styles, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
            return JsonValue.Create(number);
        if (type == typeof(decimal) && decimal.TryParse(text, styles, CultureInfo.InvariantCulture, out var amount))
            return JsonValue.Create(amount);
        return Wrong(scalar, path, $"expected {Name(type)}, found '{text}'.");
    }

    JsonNode? Wrong(SpecNode node, string path, string message)
    {
        problems.Add(new(path, message, node.Line));
        return null;
    }

    /// <summary>Where a misspelt field, or one in a wrong section, was probably meant to stand.</summary>
    string Nearest(string name, string path, IEnumerable<string> here)
    {
        var near = here.Select(known => (known, distance: Distance(name, known))).Where(pair => pair.distance <= Math.Max(1, name.Length / 3)).OrderBy(pair => pair.distance).Select(pair => pair.known).FirstOrDefault();
        if (near is not null)
            return $"did you mean '{near}'?";
        var elsewhere = Paths(root, "", 0).Where(known => Join("", known[(known.LastIndexOf('.') + 1)..]).Equals(name, StringComparison.OrdinalIgnoreCase) && known != Join(path, name)).MinBy(known => known.Length);
        return elsewhere is not null ? $"did you mean '{elsewhere}'?" : $"there are {string.Join(", ", here)}.";
    }

    /// <summary>All paths of a spec, those in lists with [0].</summary>
    static IEnumerable<string> Paths(Type type, string path, int depth)
    {
        foreach (var (name, property) in FieldsOf(type))
        {
            yield return Join(path, name);
            var inner = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var item = ItemOf(inner);
            if (IsRecord(item ?? inner) && depth < 4)
                foreach (var below in Paths(item ?? inner, item is null ? Join(path, name) : $"{Join(path, name)}[0]", depth + 1))
                    yield return below;
        }
    }

    static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    static Type? ItemOf(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    static bool IsRecord(Type type) => type.IsClass && type != typeof(string);

    static string Name(Type type) =>
        type == typeof(string) ? "a text" : type == typeof(bool) ? "true or false" : type == typeof(int) ? "a whole number" : "a number";

    /// <summary>Edits from one word to another, letters' case apart (Levenshtein).</summary>
    static int Distance(string a, string b)
    {
        (a, b) = (a.ToLowerInvariant(), b.ToLowerInvariant());
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var before = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (before, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, before + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}

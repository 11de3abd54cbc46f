namespace ReasonIR.Contracts.Specs;

/// <summary>Sets single fields of a spec as it was written.</summary>
static class SpecEdit
{
    /// <param name="set">Each <c>path=value</c>, e.g. <c>data.sources[0].dataset=pairs</c>.</param>
    /// <exception cref="ArgumentException">A field to set is not written as path=value.</exception>
    public static void Set(SpecNode node, IEnumerable<string> set)
    {
        foreach (var one in set)
        {
            var sign = one.IndexOf('=');
            if (sign <= 0 || node is not SpecMap map)
                throw new ArgumentException($"--set {one}: expected path=value, e.g. data.batchSize=64.");
            var value = one[(sign + 1)..];
            Put(map, one[..sign].Split('.'), value.Length == 0 ? new SpecScalar("", true, 0) : SpecText.Parse(value), one);
        }
    }

    /// <summary>Sets the field at a path, making the sections above it.</summary>
    public static void Put(SpecMap map, ReadOnlySpan<string> path, SpecNode value, string what)
    {
        var (name, index) = Step(path[0], what);
        if (index is { } place)
        {
            var items = map[name] switch { SpecList list => [.. list.Items], null => new List<SpecNode>(), var one => [one] };
            if (place > items.Count)
                throw new ArgumentException($"{what}: there are {items.Count} entries of {name}; expected an index up to {items.Count}.");
            var item = place < items.Count ? items[place] : new SpecMap([], value.Line);
            if (path.Length == 1)
                item = value;
            else
                Put((SpecMap)(item = AsMap(item, name)), path[1..], value, what);
            if (place < items.Count)
                items[place] = item;
            else
                items.Add(item);
            map.Set(name, new SpecList(items, value.Line));
        }
        else if (path.Length == 1)
            map.Set(name, value);
        else
        {
            var inner = AsMap(map[name] ?? new SpecMap([], value.Line), name);
            Put(inner, path[1..], value, what);
            map.Set(name, inner);
        }
    }

    static (string Name, int? Index) Step(string part, string what)
    {
        var open = part.IndexOf('[');
        return open < 0 ? (part, null)
            : part.EndsWith(']') && int.TryParse(part.AsSpan(open + 1, part.Length - open - 2), out var index) && index is >= 0 and < 1000 ? (part[..open], index)
            : throw new ArgumentException($"{what}: expected an index from 0 in '{part}'.");
    }

    /// <summary>A section written in short is spelled out, so that another of its fields can be set.</summary>
    static SpecMap AsMap(SpecNode node, string name) => node is SpecMap map ? map
        : node is SpecScalar { Text: not null } ? new SpecMap([new(name switch { "base" => "model", "schedule" => "kind", "output" => "name", "sources" => "dataset", "gradCache" => "texts", "lora" => "rank", "sets" => "corpus",
            "scoreGuard" => "margin", "reasoning" => "maxRatio", "distillation" => "kind", "matryoshka" => "width",
            "queries" => "perDocument", "variedLength" => "examples", "writtenNegatives" => "perQuery", "reasoned" => "words", _ => name }, node, node.Line)], node.Line)
        : new SpecMap([], node.Line);
}

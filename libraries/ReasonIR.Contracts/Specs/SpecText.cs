using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ReasonIR.Contracts.Specs;

/// <summary>Specs as text, YAML or JSON.</summary>
public static class SpecText
{
    const int MostLetters = 1 << 20, MostNodes = 100_000, MostDepth = 32;

    /// <exception cref="SpecSyntaxException">The text is too large, or neither YAML nor JSON.</exception>
    public static SpecNode Parse(string text)
    {
        if (text.Length > MostLetters)
            throw new SpecSyntaxException($"expected {MostLetters:N0} letters at most, found {text.Length:N0}.", 0);
        if (text.AsSpan().TrimStart() is not ['{' or '[', ..])
            return Yaml(text);
        try
        {
            return Json(text);
        }
        catch (SpecSyntaxException e)
        {
            // YAML too may begin with a brace.
            return TryYaml(text) ?? throw new SpecSyntaxException(e.Message, 0, e);
        }
    }

    static SpecNode? TryYaml(string text)
    {
        try
        {
            return Yaml(text);
        }
        catch (SpecSyntaxException)
        {
            return null;
        }
    }

    /// <summary>The nodes of parsed JSON, without lines.</summary>
    public static SpecNode Of(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => new SpecMap([.. json.EnumerateObject().Select(field => new SpecField(field.Name, Of(field.Value), 0))], 0),
        JsonValueKind.Array => new SpecList([.. json.EnumerateArray().Select(Of)], 0),
        JsonValueKind.String => new SpecScalar(json.GetString(), true, 0),
        JsonValueKind.Null or JsonValueKind.Undefined => new SpecScalar(null, false, 0),
        _ => new SpecScalar(json.GetRawText(), false, 0),
    };

    static SpecNode Yaml(string text)
    {
        var nodes = 0;
        var anchors = new Dictionary<string, SpecNode>();
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
                return new SpecMap([], 1);
            var node = Node(1);
            parser.Consume<DocumentEnd>();
            return parser.Accept<StreamEnd>(out _) ? node : throw new SpecSyntaxException("expected one document, found another one.", (int)parser.Current!.Start.Line);

            SpecNode Node(int depth)
            {
                var line = (int)parser.Current!.Start.Line;
                if (++nodes > MostNodes || depth > MostDepth)
                    throw new SpecSyntaxException($"expected {MostNodes:N0} values at most, {MostDepth} deep.", line);
                if (parser.TryConsume<Scalar>(out var scalar))
                {
                    var quoted = scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any);
                    return Anchored(scalar.Anchor, new SpecScalar(!quoted && scalar.Value is "" or "~" or "null" or "Null" or "NULL" ? null : scalar.Value, quoted, line));
                }
                if (parser.TryConsume<SequenceStart>(out var list))
                {
                    var items = new List<SpecNode>();
                    while (!parser.TryConsume<SequenceEnd>(out _))
                        items.Add(Node(depth + 1));
                    return Anchored(list.Anchor, new SpecList(items, line));
                }
                if (parser.TryConsume<AnchorAlias>(out var alias))
                    return anchors.TryGetValue(alias.Value.Value, out var known) ? Counted(known, line) : throw new SpecSyntaxException($"there is no anchor '{alias.Value.Value}'.", line);
                var map = parser.Consume<MappingStart>();
                var fields = new List<SpecField>();
                while (!parser.TryConsume<MappingEnd>(out _))
                {
                    var at = (int)parser.Current!.Start.Line;
                    var name = parser.Consume<Scalar>().Value;
                    if (fields.Any(field => field.Name == name))
                        throw new SpecSyntaxException($"'{name}' is given twice.", at);
                    fields.Add(new(name, Node(depth + 1), at));
                }
                return Anchored(map.Anchor, new SpecMap(fields, line));
            }

            SpecNode Anchored(AnchorName anchor, SpecNode node)
            {
                if (!anchor.IsEmpty)
                    anchors[anchor.Value] = node;
                return node;
            }

            // An alias counts as much as what it stands for: a few lines must not become a billion values.
            SpecNode Counted(SpecNode node, int line)
            {
                nodes += Size(node);
                return nodes <= MostNodes ? node : throw new SpecSyntaxException($"expected {MostNodes:N0} values at most.", line);
            }
        }
        catch (YamlException e)
        {
            throw new SpecSyntaxException($"expected YAML: {e.InnerException?.Message ?? e.Message}", (int)e.Start.Line, e);
        }
    }

    static int Size(SpecNode node) => 1 + node switch
    {
        SpecMap map => map.Fields.Sum(field => Size(field.Value)),
        SpecList list => list.Items.Sum(Size),
        _ => 0,
    };

    static SpecNode Json(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = MostDepth });
        var (line, counted) = (1, 0);
        try
        {
            reader.Read();
            var node = Node(ref reader);
            reader.Read(); // throws where something follows
            return node;
        }
        catch (JsonException e)
        {
            throw new SpecSyntaxException($"expected JSON: {e.Message}", (int)(e.LineNumber ?? -1) + 1, e);
        }

        SpecNode Node(ref Utf8JsonReader reader)
        {
            var at = Line(reader.TokenStartIndex);
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    var fields = new List<SpecField>();
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                    {
                        var (name, where) = (reader.GetString()!, Line(reader.TokenStartIndex));
                        if (fields.Any(field => field.Name == name))
                            throw new SpecSyntaxException($"'{name}' is given twice.", where);
                        reader.Read();
                        fields.Add(new(name, Node(ref reader), where));
                    }
                    return new SpecMap(fields, at);
                case JsonTokenType.StartArray:
                    var items = new List<SpecNode>();
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                        items.Add(Node(ref reader));
                    return new SpecList(items, at);
                case JsonTokenType.String:
                    return new SpecScalar(reader.GetString(), true, at);
                case JsonTokenType.Null:
                    return new SpecScalar(null, false, at);
                default:
                    return new SpecScalar(Encoding.UTF8.GetString(reader.ValueSpan), false, at);
            }
        }

        int Line(long index)
        {
            line += bytes.AsSpan(counted, (int)index - counted).Count((byte)'\n');
            counted = (int)index;
            return line;
        }
    }
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ReasonIR.Retrieval.Vectors;

namespace ReasonIR.Retrieval.Qdrant;

/// <summary>
/// What a point carries: <c>doc_id</c>, <c>part</c>, <c>corpus</c>, and the metadata below <c>meta</c>, whose keys are spelled so that no
/// character of theirs means something in a path.
/// </summary>
static class QdrantPayload
{
    public const string DocumentId = "doc_id", Part = "part", Corpus = "corpus";

    const string Metadata = "meta";

    /// <summary>The same for the same document and part: an upsert replaces it.</summary>
    public static Guid PointId(string document, int part)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{part}\n{document}"), hash);
        return new(hash[..16]);
    }

    public static JsonObject Of(VectorDocument document, int part, string corpus)
    {
        var payload = new JsonObject { [DocumentId] = document.Id, [Part] = part, [Corpus] = corpus };
        if (document.Metadata is not { Count: > 0 })
            return payload;
        var metadata = new JsonObject();
        foreach (var field in document.Metadata.GroupBy(field => Spelled(field.Key)))
            metadata[field.Key] = field.Count() == 1 ? Value(field.Single().Value) : new JsonArray([.. field.Select(one => Value(one.Value))]);
        payload[Metadata] = metadata;
        return payload;
    }

    /// <summary>The filter and the exclusions of a search; null: none.</summary>
    public static QdrantFilter? Filter(VectorFilter? filter, IReadOnlySet<string>? exclude, IEnumerable<string>? found = null)
    {
        List<QdrantCondition> must = [], mustNot = [];
        foreach (var condition in filter?.Conditions ?? [])
            (condition.Not ? mustNot : must).Add(Condition(condition));
        var without = (exclude ?? (IEnumerable<string>)[]).Concat(found ?? []).ToList();
        if (without.Count > 0)
            mustNot.Add(AnyOf(without));
        return must.Count + mustNot.Count == 0 ? null : new(must.Count > 0 ? must : null, MustNot: mustNot.Count > 0 ? mustNot : null);
    }

    /// <summary>The points of documents.</summary>
    public static QdrantCondition AnyOf(IReadOnlyList<string> documents) => new(DocumentId, new(Any: documents));

    static QdrantCondition Condition(FilterCondition condition)
    {
        var key = $"{Metadata}.{Spelled(condition.Key)}";
        if (condition.AnyOf is null)
            return new(key, Range: new(Gte: condition.From, Lte: condition.To));
        var texts = condition.AnyOf.Where(value => value.Text is not null).Select(value => value.Text!).ToList();
        var numbers = condition.AnyOf.Where(value => value.Text is null).Select(value => new QdrantCondition(key, Range: new(Gte: value.Number, Lte: value.Number))).ToList();
        return numbers.Count == 0 ? new(key, new(Any: texts)) : new(Should: texts.Count == 0 ? numbers : [.. numbers, new(key, new(Any: texts))]);
    }

    static string Spelled(string key) => key.All(char.IsAsciiLetterOrDigit) ? key
        : string.Concat(Encoding.UTF8.GetBytes(key).Select(b => char.IsAsciiLetterOrDigit((char)b) ? ((char)b).ToString() : $"_{b:x2}"));

    static JsonNode Value(MetadataValue value) => value.Text is { } text ? JsonValue.Create(text) : JsonValue.Create(value.Number);
}

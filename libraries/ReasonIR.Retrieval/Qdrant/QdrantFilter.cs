using System.Text.Json.Nodes;

namespace ReasonIR.Retrieval.Qdrant;

/// <summary>Which points are meant: those that meet all of <paramref name="Must"/>, one of <paramref name="Should"/> and none of <paramref name="MustNot"/>.</summary>
public sealed record QdrantFilter(IReadOnlyList<QdrantCondition>? Must = null, IReadOnlyList<QdrantCondition>? Should = null, IReadOnlyList<QdrantCondition>? MustNot = null);

/// <summary>A condition: on a field of the payload, or a filter of its own.</summary>
public sealed record QdrantCondition(
    string? Key = null, QdrantMatch? Match = null, QdrantRange? Range = null,
    IReadOnlyList<QdrantCondition>? Must = null, IReadOnlyList<QdrantCondition>? Should = null, IReadOnlyList<QdrantCondition>? MustNot = null);

/// <summary>The values that a field may have.</summary>
public sealed record QdrantMatch(JsonNode? Value = null, IReadOnlyList<string>? Any = null);

/// <summary>The numbers that a field may have.</summary>
public sealed record QdrantRange(double? Gte = null, double? Gt = null, double? Lte = null, double? Lt = null);

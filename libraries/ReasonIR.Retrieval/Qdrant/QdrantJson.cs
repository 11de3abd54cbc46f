using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReasonIR.Retrieval.Qdrant;

/// <summary>Requests and answers as JSON; what is not set is not sent, what is not known is not read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(QdrantServer))]
[JsonSerializable(typeof(QdrantCollectionSettings))]
[JsonSerializable(typeof(QdrantCollectionChange))]
[JsonSerializable(typeof(QdrantFieldIndex))]
[JsonSerializable(typeof(QdrantSelection))]
[JsonSerializable(typeof(QdrantCountRequest))]
[JsonSerializable(typeof(QdrantAliasActions))]
[JsonSerializable(typeof(QdrantSnapshotSource))]
[JsonSerializable(typeof(QdrantAnswer<bool>))]
[JsonSerializable(typeof(QdrantAnswer<QdrantExists>))]
[JsonSerializable(typeof(QdrantAnswer<QdrantCollections>))]
[JsonSerializable(typeof(QdrantAnswer<QdrantCollectionInfo>))]
[JsonSerializable(typeof(QdrantAnswer<QdrantUpdate>))]
[JsonSerializable(typeof(QdrantAnswer<QdrantCount>))]
[JsonSerializable(typeof(QdrantAnswer<QdrantPoints>))]
[JsonSerializable(typeof(QdrantAnswer<QdrantPoints[]>))]
[JsonSerializable(typeof(QdrantAnswer<QdrantGroups>))]
[JsonSerializable(typeof(QdrantAnswer<QdrantAliases>))]
[JsonSerializable(typeof(QdrantAnswer<QdrantSnapshot>))]
[JsonSerializable(typeof(QdrantAnswer<QdrantSnapshot[]>))]
sealed partial class QdrantJson : JsonSerializerContext;

/// <summary>What every answer but an error is wrapped in.</summary>
sealed record QdrantAnswer<T>(T Result);

sealed record QdrantExists(bool Exists);

sealed record QdrantCollections(IReadOnlyList<QdrantName> Collections);

sealed record QdrantName(string Name);

sealed record QdrantCount(long Count);

sealed record QdrantFieldIndex(string FieldName, string FieldSchema);

sealed record QdrantCountRequest(QdrantFilter? Filter, bool Exact);

sealed record QdrantSelection(IReadOnlyList<Guid>? Points = null, QdrantFilter? Filter = null);

sealed record QdrantAliases(IReadOnlyList<QdrantAlias> Aliases);

sealed record QdrantAliasActions(IReadOnlyList<QdrantAliasAction> Actions);

sealed record QdrantAliasAction(QdrantAlias? CreateAlias = null, QdrantAliasName? DeleteAlias = null);

sealed record QdrantAliasName(string AliasName);

sealed record QdrantSnapshotSource(string Location, string? Priority = null, string? Checksum = null);

sealed record QdrantPoints(IReadOnlyList<QdrantHit> Points);

sealed record QdrantGroups(IReadOnlyList<QdrantGroup> Groups);

/// <summary>The best points of one value of the field that was grouped by.</summary>
public sealed record QdrantGroup(JsonElement Id, IReadOnlyList<QdrantHit> Hits);

/// <summary>A point found.</summary>
/// <param name="Id">A number or a UUID.</param>
/// <param name="Payload">Null where none was asked for.</param>
public sealed record QdrantHit(JsonElement Id, float Score, JsonElement? Payload = null);

/// <summary>What a server says of itself.</summary>
public sealed record QdrantServer(string? Title, string? Version);

/// <summary>What a change did.</summary>
/// <param name="Status"><c>completed</c>, or <c>acknowledged</c> where it was not waited for.</param>
public sealed record QdrantUpdate(string Status, long? OperationId = null);

/// <summary>Another name of a collection.</summary>
public sealed record QdrantAlias(string CollectionName, string AliasName);

/// <summary>A snapshot of a collection.</summary>
/// <param name="Checksum">Hex SHA-256.</param>
public sealed record QdrantSnapshot(string Name, string? CreationTime = null, long Size = 0, string? Checksum = null);

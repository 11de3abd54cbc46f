using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReasonIR.Retrieval.Qdrant;

/// <summary>How a collection is created; the members are Qdrant's, those that versions 1.10 to 1.19 share.</summary>
/// <param name="Vectors">The unnamed dense vectors; null: sparse ones only.</param>
/// <param name="SparseVectors">Named sparse vectors.</param>
/// <param name="ShardNumber">Shards, spread over the nodes of a cluster.</param>
/// <param name="ReplicationFactor">Copies of each shard.</param>
/// <param name="WriteConsistencyFactor">Copies that must have a write before it is acknowledged.</param>
public sealed record QdrantCollectionSettings(
    QdrantVectors? Vectors = null,
    IReadOnlyDictionary<string, QdrantSparse>? SparseVectors = null,
    int? ShardNumber = null,
    int? ReplicationFactor = null,
    int? WriteConsistencyFactor = null,
    bool? OnDiskPayload = null,
    QdrantHnsw? HnswConfig = null,
    QdrantOptimizers? OptimizersConfig = null,
    QdrantQuantization? QuantizationConfig = null);

/// <summary>What can be changed later.</summary>
public sealed record QdrantCollectionChange(QdrantOptimizers? OptimizersConfig = null, QdrantHnsw? HnswConfig = null);

/// <summary>Dense vectors.</summary>
/// <param name="Distance"><c>Dot</c>, <c>Cosine</c>, <c>Euclid</c> or <c>Manhattan</c>.</param>
/// <param name="Datatype"><c>float32</c>, <c>float16</c> or <c>uint8</c>; null: float32.</param>
public sealed record QdrantVectors(int Size, string Distance, bool? OnDisk = null, string? Datatype = null);

/// <summary>A sparse vector's settings: Qdrant's defaults, without its own IDF, since the weights are ours.</summary>
public sealed record QdrantSparse;

/// <summary>The graph.</summary>
/// <param name="M">Edges of a node; 0: no graph, exact search only.</param>
/// <param name="EfConstruct">Neighbors considered while it is built.</param>
/// <param name="FullScanThreshold">Kilobytes below which a segment is scanned.</param>
public sealed record QdrantHnsw(int? M = null, int? EfConstruct = null, int? FullScanThreshold = null, bool? OnDisk = null);

/// <summary>When segments are indexed.</summary>
/// <param name="IndexingThreshold">Kilobytes from which on; 0: never, for loading in bulk.</param>
public sealed record QdrantOptimizers(int? DefaultSegmentNumber = null, int? IndexingThreshold = null, int? MemmapThreshold = null);

/// <summary>Shorter codes beside the vectors.</summary>
public sealed record QdrantQuantization(QdrantScalar Scalar);

/// <summary>8-bit codes.</summary>
/// <param name="Type"><c>int8</c>.</param>
/// <param name="Quantile">Share of the components within the codes' range.</param>
public sealed record QdrantScalar(string Type = "int8", double? Quantile = null, bool? AlwaysRam = null);

/// <summary>A collection as it is.</summary>
/// <param name="Status"><c>green</c>: all is indexed; <c>yellow</c>: at it; <c>grey</c>: waiting; <c>red</c>: failed.</param>
/// <param name="OptimizerStatus"><c>ok</c>, or an object with the error.</param>
public sealed record QdrantCollectionInfo(string Status, JsonElement OptimizerStatus, long? PointsCount = null, long? IndexedVectorsCount = null, QdrantCollectionConfig? Config = null);

/// <summary>Its settings.</summary>
public sealed record QdrantCollectionConfig(QdrantCollectionParameters? Params = null);

/// <summary>Its settings that never change.</summary>
/// <param name="Vectors">An object with size and distance; one by name for named vectors.</param>
/// <param name="SparseVectors">An object by name.</param>
public sealed record QdrantCollectionParameters([property: JsonPropertyName("vectors")] JsonElement? Vectors = null, int? ShardNumber = null, int? ReplicationFactor = null, JsonElement? SparseVectors = null);

namespace ReasonIR.Retrieval.Vectors;

/// <summary>A document to store.</summary>
/// <param name="Id">The external id, 1 to 65,536 bytes of UTF-8.</param>
/// <param name="Vectors">One vector or, for several parts, their vectors one after the other: [parts × dimension].</param>
/// <param name="Metadata">What filters can ask for; a key may occur several times.</param>
public sealed record VectorDocument(string Id, ReadOnlyMemory<float> Vectors, IReadOnlyList<MetadataField>? Metadata = null)
{
    /// <summary>Parts a document may have.</summary>
    public const int MostParts = 1 << 16;

    public const int LongestIdBytes = 1 << 16;

    /// <summary>Fields a document may have.</summary>
    public const int MostFields = 256;
}

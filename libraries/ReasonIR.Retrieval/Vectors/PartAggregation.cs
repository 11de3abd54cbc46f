namespace ReasonIR.Retrieval.Vectors;

/// <summary>What the score of a document with several vectors (its passages) is. The numbers stand in files: never change them.</summary>
public enum PartAggregation
{
    /// <summary>That of its best part.</summary>
    Max = 0,

    /// <summary>The mean over its parts.</summary>
    Mean = 1,
}

namespace ReasonIR.Retrieval.Vectors;

/// <summary>What the score of a vector is. The numbers stand in index files: never change them.</summary>
public enum VectorMetric
{
    /// <summary>The inner product.</summary>
    Dot = 0,

    /// <summary>The inner product of both divided by their lengths; 0 where one of them is the zero vector.</summary>
    Cosine = 1,
}

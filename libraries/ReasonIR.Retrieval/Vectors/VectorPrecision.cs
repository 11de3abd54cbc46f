namespace ReasonIR.Retrieval.Vectors;

/// <summary>What is scanned. The numbers stand in index files: never change them.</summary>
public enum VectorPrecision
{
    /// <summary>All vectors as 32-bit floats: exact.</summary>
    Float32 = 0,

    /// <summary>
    /// 8-bit codes (a scale a vector) are scanned for candidates, which are scored again from the floats: a quarter of the
    /// memory traffic, recall above 0.999 at the default oversampling, the same scores. The file holds both.
    /// </summary>
    Int8Rescored = 1,
}

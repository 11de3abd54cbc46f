namespace ReasonIR.Retrieval.Vectors;

/// <summary>In which precision vectors are kept for the final score; 8-bit codes for the scan are kept beside them always. The numbers stand in files: never change them.</summary>
public enum VectorStorage
{
    /// <summary>32-bit floats: 5 bytes a component with the codes; scores are those of a full scan, bit for bit.</summary>
    Float32 = 0,

    /// <summary>The upper half of 32-bit floats, rounded to the nearest: 3 bytes a component with the codes.</summary>
    BFloat16 = 1,

    /// <summary>Nothing but the codes: 1 byte a component.</summary>
    Int8 = 2,
}

namespace ReasonIR.Models.Safetensors;

/// <summary>The element types that the safetensors format names; our member names are the format's own, upper-cased by <see cref="TensorTypes"/>.</summary>
public enum TensorType { Bool, U8, I8, F8E5M2, F8E4M3, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64 }

/// <summary>Names and sizes of the element types.</summary>
public static class TensorTypes
{
    static readonly (TensorType Type, string Name, int Bytes)[] Table =
    [
        (TensorType.Bool, "BOOL", 1), (TensorType.U8, "U8", 1), (TensorType.I8, "I8", 1),
        (TensorType.F8E5M2, "F8_E5M2", 1), (TensorType.F8E4M3, "F8_E4M3", 1),
        (TensorType.I16, "I16", 2), (TensorType.U16, "U16", 2), (TensorType.F16, "F16", 2), (TensorType.BF16, "BF16", 2),
        (TensorType.I32, "I32", 4), (TensorType.U32, "U32", 4), (TensorType.F32, "F32", 4),
        (TensorType.F64, "F64", 8), (TensorType.I64, "I64", 8), (TensorType.U64, "U64", 8),
    ];

    /// <summary>Bytes of one element.</summary>
    public static int Size(TensorType type) => Table[(int)type].Bytes;

    /// <summary>The name that stands in the file's header.</summary>
    public static string Name(TensorType type) => Table[(int)type].Name;

    /// <summary>The type of a header's <c>dtype</c>, or null where the format (as known here) has no such name.</summary>
    public static TensorType? Parse(string name)
    {
        foreach (var (type, known, _) in Table)
            if (known == name)
                return type;
        return null;
    }
}

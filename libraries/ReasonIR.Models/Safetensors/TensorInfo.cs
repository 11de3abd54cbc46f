namespace ReasonIR.Models.Safetensors;

/// <summary>One tensor's place in a safetensors file.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its dimensions; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file's data section.</param>
/// <param name="Bytes">Length in bytes: the product of the shape times the element size.</param>
public sealed record TensorInfo(string Name, TensorType Type, IReadOnlyList<long> Shape, long Offset, long Bytes)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Bytes / TensorTypes.Size(Type);

    /// <summary>The shape as it is written in errors, e.g. <c>[3000, 64]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}

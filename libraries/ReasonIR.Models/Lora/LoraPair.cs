using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using static TorchSharp.torch;

namespace ReasonIR.Models.Lora;

/// <summary>
/// A low-rank map beside a linear one (Hu et al. 2021, LoRA): scale · B A x, with A [rank, in] and B [out, rank] kept in f32. In training
/// dropout is applied to x on this way alone.
/// </summary>
public sealed class LoraPair(long inputs, long outputs, int rank, double scale, double dropout = 0, Device? device = null)
{
    /// <summary><c>weight</c> [rank, in]</summary>
    public Dense A { get; } = new(inputs, rank, hasBias: false, new(ScalarType.Float32, device));

    /// <summary><c>weight</c> [out, rank]</summary>
    public Dense B { get; } = new(rank, outputs, hasBias: false, new(ScalarType.Float32, device));

    public int Rank => rank;

    public double Scale => scale;

    /// <summary>Whether the product has been added to the weight.</summary>
    public bool Merged { get; internal set; }

    /// <summary>Whether a parameter of that name belongs to an adapter.</summary>
    public static bool IsName(string parameter) => parameter.EndsWith(".lora_A.weight", StringComparison.Ordinal) || parameter.EndsWith(".lora_B.weight", StringComparison.Ordinal);

    /// <param name="x">[tokens, in]</param>
    /// <returns>[tokens, out], in x's type</returns>
    public Tensor Apply(Tensor x, bool training)
    {
        var read = training && dropout > 0 ? Fused.Dropout(x, dropout) : x;
        return B.call(A.call(read)).mul(scale);
    }

    /// <summary>scale · B A, [out, in], f32.</summary>
    public Tensor Delta() => B.weight.matmul(A.weight).mul(scale);
}

namespace ReasonIR.Torch;

/// <summary>The activation of a gated perceptron: SwiGLU's, and GeGLU's with the tanh approximation or the error function.</summary>
public enum Gate
{
    Silu = 0,
    GeluTanh = 1,
    Gelu = 2,
}

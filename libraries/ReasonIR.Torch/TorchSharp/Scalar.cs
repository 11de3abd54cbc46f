using ReasonIR.Torch.Binding;

namespace TorchSharp;

/// <summary>A number that keeps whether it is whole, so that an integer tensor stays one.</summary>
public sealed class Scalar
{
    internal Number Value { get; }

    Scalar(Number value) => Value = value;

    public static implicit operator Scalar(byte value) => new(new Number(value, value, 1));
    public static implicit operator Scalar(int value) => new(new Number(value, value, 1));
    public static implicit operator Scalar(long value) => new(new Number(value, value, 1));
    public static implicit operator Scalar(float value) => new(new Number(value, 0, 0));
    public static implicit operator Scalar(double value) => new(new Number(value, 0, 0));
    public static implicit operator Scalar(bool value) => new(new Number(value ? 1 : 0, value ? 1 : 0, 2));

    internal bool IsIntegral => Value.Kind == 1;
}

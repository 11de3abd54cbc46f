using static TorchSharp.torch;

namespace ReasonIR.Models.SentenceTransformers;

/// <summary>An element-wise function as sentence-transformers' files name it: a class of torch.nn, with its default arguments.</summary>
public sealed class Activation
{
    static readonly Dictionary<string, Func<Tensor, Tensor>> Functions = new(StringComparer.Ordinal)
    {
        ["Identity"] = x => x.alias(),
        ["Tanh"] = x => x.tanh(),
        ["Sigmoid"] = x => x.sigmoid(),
        ["ReLU"] = x => x.relu(),
        ["ReLU6"] = x => x.clamp(0, 6),
        ["LeakyReLU"] = x => x.relu() - (-x).relu() * 0.01,
        ["GELU"] = x => x.gelu(),
        ["SiLU"] = x => x.silu(),
        ["Mish"] = x => x * SoftPlus(x).tanh(),
        ["ELU"] = Elu,
        ["SELU"] = x => (x.relu() + (x.clamp(max: 0).exp() - 1) * 1.6732632423543772848170429916717) * 1.0507009873554804934193349852946,
        ["Softplus"] = SoftPlus,
        ["Softsign"] = x => x / (x.abs() + 1),
        ["Softmax"] = x => x.softmax(-1),
        ["LogSigmoid"] = x => -SoftPlus(-x),
        ["Hardtanh"] = x => x.clamp(-1, 1),
        ["Hardsigmoid"] = x => (x + 3).clamp(0, 6) / 6,
        ["Hardswish"] = x => x * ((x + 3).clamp(0, 6) / 6),
    };

    readonly Func<Tensor, Tensor> apply;

    Activation(string name, Func<Tensor, Tensor> apply) => (Name, this.apply) = (name, apply);

    /// <summary>The class's bare name: <c>Tanh</c>, <c>Identity</c>, ...</summary>
    public string Name { get; }

    public static Activation Identity { get; } = Of("Identity");

    public static Activation Tanh { get; } = Of("Tanh");

    public static Activation Sigmoid { get; } = Of("Sigmoid");

    /// <param name="type">The class with its module: <c>torch.nn.modules.activation.Tanh</c>.</param>
    /// <param name="place">File and field, for errors.</param>
    /// <exception cref="NotSupportedException">It is not one of those of torch.nn that are known here; the message names it.</exception>
    public static Activation Parse(string type, string place)
    {
        var name = type[(type.LastIndexOf('.') + 1)..];
        return type.StartsWith("torch.nn.", StringComparison.Ordinal) && Functions.ContainsKey(name)
            ? Of(name)
            : throw new NotSupportedException($"{place}: the activation '{type}' is not supported; of torch.nn these are: {string.Join(", ", Functions.Keys.Order(StringComparer.Ordinal))}.");
    }

    /// <summary>The class with its module, as sentence-transformers writes it.</summary>
    public string TypeName => Name == "Identity" ? "torch.nn.modules.linear.Identity" : $"torch.nn.modules.activation.{Name}";

    /// <summary>A new tensor of the same shape.</summary>
    public Tensor Apply(Tensor x) => apply(x);

    public override string ToString() => Name;

    static Activation Of(string name) => new(name, Functions[name]);

    static Tensor SoftPlus(Tensor x) => x.relu() + ((-x.abs()).exp() + 1).log();

    static Tensor Elu(Tensor x) => x.relu() + (x.clamp(max: 0).exp() - 1);
}

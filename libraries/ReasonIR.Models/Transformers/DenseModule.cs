using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>sentence-transformers' Dense over pooled vectors: activation(linear(x)), and x or a map of it on top where it is residual. f32.</summary>
public sealed class DenseModule : nn.Module<Tensor, Tensor>
{
    readonly Dense linear;
    readonly Dense? residual;

    /// <param name="device">Null: the CPU.</param>
    public DenseModule(DenseConfig config, Device? device = null) : base(nameof(DenseModule))
    {
        Config = config;
        var storage = new WeightStorage(Device: device);
        register_module("linear", linear = new(config.InFeatures, config.OutFeatures, config.Bias, storage));
        if (config.Residual && config.InFeatures != config.OutFeatures)
            register_module("residual", residual = new(config.InFeatures, config.OutFeatures, hasBias: false, storage));
    }

    public DenseConfig Config { get; }

    /// <exception cref="InvalidDataException">There are no weights beside the configuration, or a tensor is missing, unknown or of another shape.</exception>
    public static DenseModule Load(DenseConfig config, string weights, Device? device = null)
    {
        if (!File.Exists(weights))
            throw new InvalidDataException($"{weights}: the file is missing; weights in another format are not read.");
        using var file = SafetensorsFile.Open(weights);
        var module = new DenseModule(config, device);
        var wanted = module.named_parameters().ToList();
        if (file.Tensors.Keys.FirstOrDefault(name => wanted.TrueForAll(p => p.name != name)) is { } surplus)
            throw new InvalidDataException($"{weights}: there is a tensor '{surplus}' that the module's configuration does not know.");
        using var _ = no_grad();
        foreach (var (name, parameter) in wanted)
            TorchTensors.Load(file, name, parameter);
        return module;
    }

    /// <param name="input">[sequences, in]</param>
    /// <returns>[sequences, out]</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var y = Config.Activation.Apply(linear.call(input));
        if (Config.Residual)
            y = y + (residual is null ? input : residual.call(input));
        return y.MoveToOuterDisposeScope();
    }
}

using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>
/// From packed tokens to one vector a sequence: a transformer, pooling, then sentence-transformers' Dense modules and Normalize in the
/// order of modules.json. Trainable; <see cref="SentenceModelFolder"/> writes it back.
/// </summary>
public sealed class SentenceModel : nn.Module<PackedBatch, Tensor>
{
    readonly List<(Dense Dense, DenseConfig Config)> dense = [];

    public SentenceModel(TransformerModel transformer, PoolingMode pooling = PoolingMode.Mean, bool includePrompt = true, bool normalize = true) : base(nameof(SentenceModel))
    {
        (Transformer, Pooling, IncludePrompt, Normalized) = (transformer, pooling, includePrompt, normalize);
        register_module("0", transformer);
    }

    public TransformerModel Transformer { get; }

    public PoolingMode Pooling { get; }

    /// <summary>Whether a prompt's tokens count in the pooling.</summary>
    public bool IncludePrompt { get; }

    /// <summary>Whether the vectors have length 1.</summary>
    public bool Normalized { get; }

    /// <summary>Length of a vector.</summary>
    public int Dimension => dense.Count > 0 ? dense[^1].Config.OutFeatures : Transformer.HiddenSize;

    /// <summary>The Dense modules in order.</summary>
    public IReadOnlyList<Dense> DenseModules => [.. dense.Select(d => d.Dense)];

    /// <summary>The model of a folder, in evaluation mode.</summary>
    /// <exception cref="InvalidDataException">A file is broken or does not fit the others.</exception>
    /// <exception cref="NotSupportedException">The architecture or a module is not implemented; the message names it.</exception>
    public static SentenceModel Load(SentenceTransformersFolder folder, ModelOptions? options = null)
    {
        if (folder.Modules.FirstOrDefault(m => m.Kind is not ("Transformer" or "Pooling" or "Dense" or "Normalize")) is { } unknown)
            throw new NotSupportedException($"{folder.Path}/modules.json: modules of type '{unknown.Kind}' are not supported; Transformer, Pooling, Dense and Normalize are.");
        options ??= ModelOptions.Default;
        var pooling = folder.Pooling();
        var model = new SentenceModel(Architectures.Load(folder.Body, options with { Adapter = options.Adapter ?? folder.Adapter }), SequencePooling.Parse(pooling.Mode), pooling.IncludePrompt, folder.Find("Normalize") is not null);
        try
        {
            foreach (var (config, path) in folder.Dense())
                model.Add(config, path);
        }
        catch
        {
            model.Dispose();
            throw;
        }
        model.eval();
        return model;
    }

    void Add(DenseConfig config, string weights)
    {
        if (config.Activation is not ("Tanh" or "Identity"))
            throw new NotSupportedException($"{weights}: the activation '{config.Activation}' is not supported; Tanh and Identity are.");
        if (config.InFeatures != Dimension)
            throw new InvalidDataException($"{weights}: the module takes {config.InFeatures} features; the one before gives {Dimension}.");
        var module = new Dense(config.InFeatures, config.OutFeatures, config.Bias);
        register_module($"dense{dense.Count}", module);
        dense.Add((module, config));
        using var file = SafetensorsFile.Open(weights);
        using var _ = no_grad();
        foreach (var (name, parameter) in module.named_parameters())
            TorchTensors.Load(file, $"linear.{name}", parameter);
    }

    public override Tensor forward(PackedBatch batch) => Encode(batch);

    /// <param name="batch">The sequences.</param>
    /// <param name="skip">Leading tokens of each that do not count in the pooling; null: none.</param>
    /// <param name="normalize">Whether the vectors are to have length 1; null: as the folder says.</param>
    /// <returns>[sequences, Dimension]</returns>
    public Tensor Encode(PackedBatch batch, IReadOnlyList<int>? skip = null, bool? normalize = null)
    {
        using var scope = NewDisposeScope();
        var x = SequencePooling.Pool(Transformer.call(batch).to(ScalarType.Float32), batch, Pooling, skip);
        foreach (var (module, config) in dense)
        {
            x = module.call(x);
            if (config.Activation == "Tanh")
                x = x.tanh();
        }
        if (normalize ?? Normalized)
            x = nn.functional.normalize(x);
        return x.MoveToOuterDisposeScope();
    }
}

using ReasonIR.Models.SentenceTransformers;
using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>
/// From packed tokens to one vector a sequence: a transformer, pooling, then sentence-transformers' Dense modules and Normalize in the
/// order of modules.json. Trainable; <see cref="Export.ModelExport"/> writes it back.
/// </summary>
public sealed class SentenceModel : nn.Module<PackedBatch, Tensor>
{
    /// <summary>What follows the pooling, in order; null: the vectors are brought to length 1.</summary>
    readonly List<DenseModule?> steps = [];

    public SentenceModel(TransformerModel transformer, PoolingMode pooling = PoolingMode.Mean, bool includePrompt = true, bool normalize = true)
        : this(transformer, [pooling], includePrompt, normalize)
    {
    }

    public SentenceModel(TransformerModel transformer, IReadOnlyList<PoolingMode> pooling, bool includePrompt = true, bool normalize = true, int? truncate = null) : base(nameof(SentenceModel))
    {
        (Transformer, Pooling, IncludePrompt, TruncateDimension) = (transformer, pooling, includePrompt, truncate);
        register_module("0", transformer);
        if (normalize)
            steps.Add(null);
    }

    public TransformerModel Transformer { get; }

    /// <summary>How hidden states become a vector; the vectors of several modes stand one after the other.</summary>
    public IReadOnlyList<PoolingMode> Pooling { get; }

    /// <summary>Whether a prompt's tokens count in the pooling.</summary>
    public bool IncludePrompt { get; }

    /// <summary>The vectors' first elements that are kept after everything else; null: all.</summary>
    public int? TruncateDimension { get; }

    /// <summary>Whether the vectors have length 1: the last step brings them there, and nothing is cut off afterwards.</summary>
    public bool Normalized => steps is [.., null] && !Cuts;

    /// <summary>Length of a vector.</summary>
    public int Dimension => Cuts ? TruncateDimension!.Value : FullDimension;

    /// <summary>What follows the pooling, in order; null: the vectors are brought to length 1.</summary>
    public IReadOnlyList<DenseModule?> Steps => steps;

    /// <summary>The Dense modules in order.</summary>
    public IEnumerable<DenseModule> DenseModules => steps.OfType<DenseModule>();

    int FullDimension => DenseModules.LastOrDefault()?.Config.OutFeatures ?? Pooling.Count * Transformer.HiddenSize;

    bool Cuts => TruncateDimension < FullDimension;

    /// <summary>The model of a folder, in evaluation mode.</summary>
    /// <exception cref="InvalidDataException">A file is broken or does not fit the others.</exception>
    /// <exception cref="NotSupportedException">The architecture or a module is not implemented; the message names it.</exception>
    public static SentenceModel Load(SentenceTransformersFolder folder, ModelOptions? options = null)
    {
        CheckModules(folder);
        options ??= ModelOptions.Default;
        var pooling = folder.Pooling();
        var transformer = Architectures.Load(folder.Body, options with { Adapter = options.Adapter ?? folder.Adapter });
        var model = new SentenceModel(transformer, [.. pooling.Modes.Select(SequencePooling.Parse)], pooling.IncludePrompt, normalize: false, folder.TruncateDimension);
        try
        {
            if (pooling.Width is { } width && width != transformer.HiddenSize)
                throw new InvalidDataException($"{folder.Find("Pooling")!.Folder}/config.json: the module takes vectors of {width} elements; the transformer gives {transformer.HiddenSize}.");
            foreach (var module in folder.Modules.Where(m => m.Kind is "Dense" or "Normalize"))
                if (module.Kind == "Dense")
                    model.Add(module);
                else
                    model.steps.Add(null);
        }
        catch
        {
            model.Dispose();
            throw;
        }
        model.eval();
        return model;
    }

    static void CheckModules(SentenceTransformersFolder folder)
    {
        if (folder.Modules.Count == 0)
            return;
        if (folder.Modules.FirstOrDefault(m => m.Kind is not ("Transformer" or "Pooling" or "Dense" or "Normalize")) is { } unknown)
            throw new NotSupportedException($"{folder.Path}/modules.json: modules of type '{unknown.Kind}' are not supported; Transformer, Pooling, Dense and Normalize are.");
        var kinds = folder.Modules.Select(m => m.Kind).ToList();
        if (kinds is not ["Transformer", "Pooling", ..] || kinds.Count(k => k is "Transformer" or "Pooling") > 2)
            throw new NotSupportedException($"{folder.Path}/modules.json: the modules {string.Join(", ", kinds)} are not supported in this order; a Transformer, then one Pooling, then Dense and Normalize are.");
        foreach (var normalize in folder.Modules.Where(m => m.Kind == "Normalize" && File.Exists(Path.Combine(m.Folder, "config.json"))))
        {
            using var json = JsonFile.Open(Path.Combine(normalize.Folder, "config.json"));
            json.OnlyFields("module_input_name", "module_output_name");
            json.Only("module_input_name", "sentence_embedding");
            json.Only("module_output_name", "sentence_embedding");
        }
    }

    void Add(SentenceModule entry)
    {
        var (config, weights) = SentenceTransformersFolder.Dense(entry);
        if (config.InFeatures != FullDimension)
            throw new InvalidDataException($"{weights}: the module takes {config.InFeatures} features; the one before gives {FullDimension}.");
        var module = DenseModule.Load(config, weights, Transformer.Device);
        register_module($"dense{DenseModules.Count()}", module);
        steps.Add(module);
    }

    public override Tensor forward(PackedBatch batch) => Encode(batch);

    /// <param name="batch">The sequences.</param>
    /// <param name="skip">Leading tokens of each that do not count in the pooling; null: none.</param>
    /// <param name="normalize">Whether the vectors are to have length 1; null: as the folder says.</param>
    /// <returns>[sequences, Dimension]</returns>
    public Tensor Encode(PackedBatch batch, IReadOnlyList<int>? skip = null, bool? normalize = null)
    {
        // Before the scope: what checkpointed layers read again in the backward pass lives as long as the caller's.
        batch = batch.On(Transformer.Device);
        using var scope = NewDisposeScope();
        var x = SequencePooling.Pool(Transformer.call(batch).to(ScalarType.Float32), batch, Pooling, skip);
        // The last step alone can be asked for or not: what a Normalize between others gives, the next one counts on.
        foreach (var module in Normalized ? steps.SkipLast(1) : steps)
            x = module is null ? nn.functional.normalize(x) : module.call(x);
        if (Cuts)
            x = x.narrow(1, 0, Dimension);
        if (normalize ?? Normalized)
            x = nn.functional.normalize(x);
        return x.MoveToOuterDisposeScope();
    }
}

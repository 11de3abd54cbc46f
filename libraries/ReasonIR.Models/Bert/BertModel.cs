using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ReasonIR.Models.Bert;

/// <summary>
/// BERT (Devlin et al. 2018) as transformers' BertModel computes it: learned positions, token types, exact GELU, norms after the
/// residuals; and the families that compute the same under other names. Parameters' names are the checkpoint's.
/// </summary>
public sealed class BertModel : TransformerModel
{
    readonly Table words, positions;
    readonly Table? types;
    readonly Norm embeddingNorm;
    readonly Dense? projection;
    readonly ModuleList<BertLayer> layers;
    readonly Dense? pooler;

    BertModel(BertConfig config, BertFamily family, bool hasPooler, WeightStorage storage) : base(family.Architecture)
    {
        (Config, Family) = (config, family);
        var (names, width) = (family.Names, config.EmbeddingSize ?? config.HiddenSize);
        words = new(config.VocabularySize, width, storage);
        positions = new(config.MaxPositions, width, storage);
        types = config.TypeVocabularySize > 0 ? new(config.TypeVocabularySize, width, storage) : null;
        embeddingNorm = new(width, config.NormEps, storage);
        layers = nn.ModuleList(Enumerable.Range(0, config.Layers).Select(_ => new BertLayer(config, names.Block, storage)).ToArray());
        var parts = new List<(string, nn.Module)> { (names.Words, words), (names.Positions, positions) };
        if (types is not null)
            parts.Add((names.Types, types));
        parts.Add((names.EmbeddingNorm, embeddingNorm));
        if (config.EmbeddingSize is not null)
            parts.Add((names.Projection, projection = new(width, config.HiddenSize, storage: storage)));
        parts.Add((names.Layers, layers));
        if (hasPooler)
            parts.Add((names.Pooler, pooler = new(config.HiddenSize, config.HiddenSize, storage: storage)));
        Part.Register(this, [.. parts]);
    }

    public BertConfig Config { get; }

    public BertFamily Family { get; }

    public override int HiddenSize => Config.HiddenSize;

    public override int MaxPositions => Config.LongestSequence;

    public override int VocabularySize => Config.VocabularySize;

    public override string Architecture => Family.Architecture;

    /// <summary>The model of a Hugging Face folder, in evaluation mode.</summary>
    /// <exception cref="InvalidDataException">config.json or the weights are broken, or do not fit each other.</exception>
    public static BertModel Load(string folder, ModelOptions? options = null) => Load(folder, BertFamily.Bert, options);

    /// <inheritdoc cref="Load(string, ModelOptions?)"/>
    public static BertModel Load(string folder, BertFamily family, ModelOptions? options = null)
    {
        var config = BertConfig.Read(Path.Combine(folder, "config.json"), family);
        TorchRuntime.Status.Require();
        using var weights = WeightFiles.Open(folder);
        ExpectSizes(config, family, weights);
        var pooler = family.Names.Pooler + ".weight";
        var model = new BertModel(config, family, weights.Names.Contains(pooler) || weights.Names.Contains(family.Prefix + pooler), (options ?? ModelOptions.Default).Storage);
        try
        {
            weights.Load(model, family.Prefix, family.IsKnownSurplus);
        }
        catch
        {
            model.Dispose();
            throw;
        }
        model.eval();
        return model;
    }

    /// <summary>Every size of the configuration shows in one of these, so that a false one is named before anything is allocated by it.</summary>
    static void ExpectSizes(BertConfig config, BertFamily family, WeightFiles weights)
    {
        var (names, width) = (family.Names, config.EmbeddingSize ?? config.HiddenSize);
        var before = weights.Names.Contains(names.Words + ".weight") ? "" : family.Prefix;
        var last = $"{before}{names.Layers}.{config.Layers - 1}.";
        weights.Expect($"{before}{names.Words}.weight", config.VocabularySize, width);
        weights.Expect($"{before}{names.Positions}.weight", config.MaxPositions, width);
        if (config.TypeVocabularySize > 0)
            weights.Expect($"{before}{names.Types}.weight", config.TypeVocabularySize, width);
        weights.Expect($"{last}{names.Block.Query}.weight", config.HiddenSize, config.HiddenSize);
        weights.Expect($"{last}{names.Block.Intermediate}.weight", config.IntermediateSize, config.HiddenSize);
    }

    /// <summary>A model with random weights as transformers initializes them, from the default generator.</summary>
    public static BertModel Random(BertConfig config, bool hasPooler = false, BertFamily? family = null)
    {
        TorchRuntime.Status.Require();
        var model = new BertModel(config, family ?? BertFamily.Bert, hasPooler, WeightStorage.Default);
        using var _ = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
            if (name.EndsWith("bias", StringComparison.Ordinal))
                parameter.zero_();
            else if (parameter.ndim == 1)
                parameter.fill_(1);
            else
                parameter.copy_((randn(parameter.shape) * config.InitializerRange).MoveToOuterDisposeScope());
        model.eval();
        return model;
    }

    /// <summary>The last hidden states, [tokens, hidden].</summary>
    public override Tensor forward(PackedBatch batch)
    {
        using var scope = NewDisposeScope();
        var h = embeddingNorm.call(Embed(batch)).to(Compute);
        if (training)
            h = Fused.Dropout(h, Config.HiddenDropout);
        if (projection is not null)
            h = projection.call(h);
        foreach (var layer in layers)
        {
            var next = Checkpointing && training ? Fused.Checkpoint((x, kept) => layer.call(x, kept[0]), h, batch.Offsets) : layer.call(h, batch.Offsets);
            h.Dispose();
            h = next;
        }
        return h.MoveToOuterDisposeScope();
    }

    Tensor Embed(PackedBatch batch)
    {
        var sum = words.call(batch.Ids) + positions.call(Config.PositionPadding is { } padding ? RobertaPositions(batch, padding) : batch.Positions);
        return types is null ? sum
            // RoBERTa's tokenizers give no token types, also where the table has rows for them.
            : sum + (batch.TypeIds is { } ids && Config.PositionPadding is null ? types.call(ids) : types.weight.narrow(0, 0, 1));
    }

    /// <summary>int64 [tokens]: counted from <paramref name="padding"/> + 1; a padding token in the text stands at <paramref name="padding"/> and is not counted.</summary>
    static Tensor RobertaPositions(PackedBatch batch, int padding)
    {
        var ids = batch.Ids.cpu().data<long>().ToArray();
        if (!ids.AsSpan().Contains(padding))
            return batch.Positions.add(padding + 1);
        for (var i = 0; i < batch.Count; i++)
        {
            var next = padding + 1L;
            for (var at = batch.Bounds[i]; at < batch.Bounds[i + 1]; at++)
                ids[at] = ids[at] == padding ? padding : next++;
        }
        return tensor(ids).to(batch.Ids.device);
    }

    /// <summary>transformers' <c>pooler_output</c>: a dense layer and tanh on each sequence's first token, [sequences, hidden].</summary>
    public Tensor PoolerOutput(Tensor hidden, PackedBatch batch)
    {
        using var scope = NewDisposeScope();
        var first = hidden.index_select(0, batch.Offsets.narrow(0, 0, batch.Count).to(hidden.device));
        return (pooler ?? throw new InvalidOperationException("The checkpoint has no pooler.")).call(first).tanh().MoveToOuterDisposeScope();
    }
}

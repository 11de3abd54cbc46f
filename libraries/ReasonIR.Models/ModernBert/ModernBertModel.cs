using ReasonIR.Models.Bert;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ReasonIR.Models.ModernBert;

/// <summary>
/// ModernBERT (Warner et al. 2024) as transformers' ModernBertModel computes it: rotary positions with a base for each kind of layer, local
/// attention but for every few layers, gated perceptrons, norms before. Parameters' names are the checkpoint's.
/// </summary>
public sealed class ModernBertModel : TransformerModel
{
    const string Prefix = "model.";

    readonly Table words;
    readonly Norm embeddingNorm, finalNorm;
    readonly ModuleList<ModernBertLayer> layers;
    readonly RotaryTable globalRotations, localRotations;

    ModernBertModel(ModernBertConfig config, WeightStorage storage) : base(nameof(ModernBertModel))
    {
        Config = config;
        words = new(config.VocabularySize, config.HiddenSize, storage);
        (embeddingNorm, finalNorm) = (new(config.HiddenSize, config.NormEps, storage, config.NormBias), new(config.HiddenSize, config.NormEps, storage, config.NormBias));
        layers = nn.ModuleList(Enumerable.Range(0, config.Layers).Select(i => new ModernBertLayer(config, i, storage)).ToArray());
        (globalRotations, localRotations) = (new(config.GlobalRotary, config.HeadWidth, config.MaxPositions), new(config.LocalRotary, config.HeadWidth, config.MaxPositions));
        Part.Register(this, ("embeddings.tok_embeddings", words), ("embeddings.norm", embeddingNorm), ("layers", layers), ("final_norm", finalNorm));
    }

    public ModernBertConfig Config { get; }

    public override int HiddenSize => Config.HiddenSize;

    public override int MaxPositions => Config.MaxPositions;

    public override int VocabularySize => Config.VocabularySize;

    public override string Architecture => nameof(ModernBertModel);

    /// <summary>The model of a Hugging Face folder, in evaluation mode.</summary>
    /// <exception cref="InvalidDataException">config.json or the weights are broken, or do not fit each other.</exception>
    /// <exception cref="NotSupportedException">config.json has a variation that is not implemented.</exception>
    public static ModernBertModel Load(string folder, ModelOptions? options = null)
    {
        var config = ModernBertConfig.Read(Path.Combine(folder, "config.json"));
        TorchRuntime.Status.Require();
        using var weights = WeightFiles.Open(folder);
        ExpectSizes(config, weights);
        var model = new ModernBertModel(config, (options ?? ModelOptions.Default).Storage);
        try
        {
            weights.Load(model, Prefix, IsKnownSurplus);
        }
        catch
        {
            model.Dispose();
            throw;
        }
        model.eval();
        return model;
    }

    /// <summary>A model with random weights from the default generator; norms that change nothing.</summary>
    public static ModernBertModel Random(ModernBertConfig config)
    {
        TorchRuntime.Status.Require();
        var model = new ModernBertModel(config, WeightStorage.Default);
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
        var h = embeddingNorm.call(words.call(batch.Ids)).to(Compute);
        if (training)
            h = Fused.Dropout(h, Config.EmbeddingDropout);
        var checkpointed = Checkpointing && training && is_grad_enabled();
        var context = Context(batch);
        foreach (var layer in layers)
        {
            // A segment outlives this scope, and with it what it is given.
            var next = checkpointed
                ? Fused.Checkpoint((x, kept) => layer.call(x, new((kept[0], kept[1]), (kept[2], kept[3]), kept[4])), h,
                    context.Global.Cos, context.Global.Sin, context.Local.Cos, context.Local.Sin, context.Offsets)
                : layer.call(h, context);
            h.Dispose();
            h = next;
        }
        return finalNorm.call(h).MoveToOuterDisposeScope();
    }

    ModernBertContext Context(PackedBatch batch)
    {
        var longest = Enumerable.Range(0, batch.Count).Max(batch.Length);
        return new(globalRotations.At(batch.Positions, longest), localRotations.At(batch.Positions, longest), batch.Offsets);
    }

    /// <summary>Every size of the configuration shows in one of these; the rest is checked as it is loaded.</summary>
    static void ExpectSizes(ModernBertConfig config, WeightFiles weights)
    {
        const string table = "embeddings.tok_embeddings.weight";
        var before = weights.Names.Contains(table) ? "" : Prefix;
        var last = $"{before}layers.{config.Layers - 1}.";
        weights.Expect(before + table, config.VocabularySize, config.HiddenSize);
        weights.Expect(last + "attn.Wqkv.weight", 3L * config.HiddenSize, config.HiddenSize);
        weights.Expect(last + "mlp.Wi.weight", 2L * config.IntermediateSize, config.HiddenSize);
    }

    /// <summary>Heads of pretraining and classification.</summary>
    static bool IsKnownSurplus(string name) =>
        name.StartsWith("head.", StringComparison.Ordinal) || name.StartsWith("decoder.", StringComparison.Ordinal) || name.StartsWith("classifier.", StringComparison.Ordinal);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            globalRotations.Dispose();
            localRotations.Dispose();
        }
        base.Dispose(disposing);
    }
}

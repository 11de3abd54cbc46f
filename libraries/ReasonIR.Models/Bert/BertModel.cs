using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ReasonIR.Models.Bert;

/// <summary>
/// BERT (Devlin et al. 2018) as transformers' BertModel computes it: learned positions, token types, exact GELU, norms after the
/// residuals. f32. Parameters' names are the checkpoint's.
/// </summary>
public sealed class BertModel : TransformerModel
{
    const string Prefix = "bert.";

    readonly Table words, positions, types;
    readonly Norm embeddingNorm;
    readonly ModuleList<BertLayer> layers;
    readonly Dense? pooler;

    BertModel(BertConfig config, bool hasPooler) : base(nameof(BertModel))
    {
        Config = config;
        words = new(config.VocabularySize, config.HiddenSize);
        positions = new(config.MaxPositions, config.HiddenSize);
        types = new(config.TypeVocabularySize, config.HiddenSize);
        embeddingNorm = new(config.HiddenSize, config.NormEps);
        layers = nn.ModuleList(Enumerable.Range(0, config.Layers).Select(_ => new BertLayer(config)).ToArray());
        register_module("embeddings", Part.Of(("word_embeddings", words), ("position_embeddings", positions), ("token_type_embeddings", types), ("LayerNorm", embeddingNorm)));
        register_module("encoder", Part.Of(("layer", layers)));
        if (!hasPooler)
            return;
        pooler = new(config.HiddenSize, config.HiddenSize);
        register_module("pooler", Part.Of(("dense", pooler)));
    }

    public BertConfig Config { get; }

    public override int HiddenSize => Config.HiddenSize;

    public override int MaxPositions => Config.MaxPositions;

    public override int VocabularySize => Config.VocabularySize;

    public override string Architecture => "BertModel";

    /// <summary>The model of a Hugging Face folder, in evaluation mode.</summary>
    /// <exception cref="InvalidDataException">config.json or the weights are broken, or do not fit each other.</exception>
    public static BertModel Load(string folder, ModelOptions? options = null)
    {
        var config = BertConfig.Read(Path.Combine(folder, "config.json"));
        TorchRuntime.Status.Require();
        using var weights = WeightFiles.Open(folder);
        var model = new BertModel(config, weights.Names.Any(n => n is "pooler.dense.weight" or Prefix + "pooler.dense.weight"));
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

    /// <summary>A model with random weights as transformers initializes them, from the default generator.</summary>
    public static BertModel Random(BertConfig config, bool hasPooler = false)
    {
        TorchRuntime.Status.Require();
        var model = new BertModel(config, hasPooler);
        using var _ = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
            if (name.EndsWith("bias", StringComparison.Ordinal))
                parameter.zero_();
            else if (name.EndsWith("LayerNorm.weight", StringComparison.Ordinal))
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
        var typed = batch.TypeIds is { } ids ? types.call(ids) : types.weight.narrow(0, 0, 1);
        var h = embeddingNorm.call(words.call(batch.Ids) + positions.call(batch.Positions) + typed);
        if (training)
            h = Fused.Dropout(h, Config.HiddenDropout);
        foreach (var layer in layers)
        {
            var next = layer.call(h, batch.Offsets);
            h.Dispose();
            h = next;
        }
        return h.MoveToOuterDisposeScope();
    }

    /// <summary>transformers' <c>pooler_output</c>: a dense layer and tanh on each sequence's first token, [sequences, hidden].</summary>
    public Tensor PoolerOutput(Tensor hidden, PackedBatch batch)
    {
        using var scope = NewDisposeScope();
        var first = hidden.index_select(0, batch.Offsets.narrow(0, 0, batch.Count));
        return (pooler ?? throw new InvalidOperationException("The checkpoint has no pooler.")).call(first).tanh().MoveToOuterDisposeScope();
    }

    /// <summary>Heads of pretraining and classification, and a constant that older versions stored.</summary>
    static bool IsKnownSurplus(string name) =>
        name is "embeddings.position_ids" or Prefix + "embeddings.position_ids"
        || name.StartsWith("cls.", StringComparison.Ordinal) || name.StartsWith("classifier.", StringComparison.Ordinal);
}

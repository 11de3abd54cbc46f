using ReasonIR.Models.Bert;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ReasonIR.Models.Decoders;

/// <summary>
/// The body of a decoder-only language model without its head, as transformers' LlamaModel, Qwen2Model, ... compute it, causal or
/// bidirectional: tokens to last hidden states after the final norm. Parameters' names are the checkpoint's.
/// </summary>
public sealed class DecoderModel : TransformerModel
{
    const string Prefix = "model.";

    readonly Table embeddings;
    readonly ModuleList<DecoderLayer> layers;
    readonly RmsNorm norm;
    readonly RotaryTable rotary;

    DecoderModel(DecoderConfig config, WeightStorage storage) : base(nameof(DecoderModel))
    {
        Config = config;
        Bidirectional = config.Bidirectional;
        embeddings = new(config.VocabularySize, config.HiddenSize, storage);
        layers = nn.ModuleList(Enumerable.Range(0, config.Layers).Select(index => new DecoderLayer(config, index, storage)).ToArray());
        norm = new(config.HiddenSize, config.NormEps, config.NormOffset, storage);
        rotary = new(config.Rotary, config.HeadWidth, config.MaxPositions);
        register_module("embed_tokens", embeddings);
        register_module("layers", layers);
        register_module("norm", norm);
    }

    public DecoderConfig Config { get; }

    public override int HiddenSize => Config.HiddenSize;

    public override int MaxPositions => Config.MaxPositions;

    public override int VocabularySize => Config.VocabularySize;

    public override string Architecture => DecoderConfigWriter.Architecture(Config.ModelType);

    /// <summary>Whether a token sees those after it; sliding windows do not apply then.</summary>
    public override bool Bidirectional { get; set; }

    /// <summary>The model of a Hugging Face folder, in evaluation mode.</summary>
    /// <exception cref="InvalidDataException">config.json or the weights are broken, or do not fit each other.</exception>
    /// <exception cref="NotSupportedException">config.json has a variation that is not implemented.</exception>
    public static DecoderModel Load(string folder, ModelOptions options)
    {
        var config = DecoderConfigFile.Read(Path.Combine(folder, "config.json"), options.Bidirectional);
        TorchRuntime.Status.Require();
        using var weights = WeightFiles.Open(folder);
        ExpectSizes(config, weights);
        var model = new DecoderModel(config, options.Storage);
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

    /// <summary>
    /// A model with random weights as transformers initializes them: normal matrices and embeddings, norms that change nothing, biases 0,
    /// and a zero row for the padding token. The default generator is left as it was.
    /// </summary>
    public static DecoderModel Random(DecoderConfig config, long seed, ModelOptions? options = null)
    {
        TorchRuntime.Status.Require();
        options ??= ModelOptions.Default;
        var model = new DecoderModel(config, options.Storage);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var before = get_rng_state();
        try
        {
            manual_seed(seed);
            foreach (var (name, parameter) in model.named_parameters())
                if (name.EndsWith(".bias", StringComparison.Ordinal))
                    parameter.zero_();
                else if (name.EndsWith("norm.weight", StringComparison.Ordinal))
                    parameter.fill_(1 - config.NormOffset);
                else
                    using (var drawn = randn(parameter.shape) * config.InitializerRange)
                        parameter.copy_(drawn);
            if (config.PadId is { } pad)
                model.embeddings.weight.narrow(0, pad, 1).zero_();
        }
        finally
        {
            set_rng_state(before);
        }
        model.Compute = options.Compute;
        model.Checkpointing = options.Checkpointing;
        model.Bidirectional = options.Bidirectional ?? config.Bidirectional;
        model.eval();
        return model;
    }

    /// <summary>The last hidden states, [tokens, hidden], in the compute type.</summary>
    public override Tensor forward(PackedBatch batch)
    {
        using var scope = NewDisposeScope();
        var h = embeddings.call(batch.Ids).to(Compute);
        if (Config.EmbeddingScale != 1)
            // Rounded to the compute type as the reference does.
            h = h * tensor(new[] { (float)Config.EmbeddingScale }).to(Compute).to(h.device);
        var checkpointed = Checkpointing && training && is_grad_enabled();
        var context = Context(batch);
        foreach (var layer in layers)
        {
            // A segment outlives this scope, and with it what it is given.
            var next = checkpointed
                ? Fused.Checkpoint((x, kept) => layer.call(x, context with { Cos = kept[0], Sin = kept[1], Offsets = kept[2] }), h, context.Cos, context.Sin, context.Offsets)
                : layer.call(h, context);
            h.Dispose();
            h = next;
        }
        return norm.call(h).MoveToOuterDisposeScope();
    }

    /// <summary>Every size of the configuration shows in one of these; the rest is checked as it is loaded.</summary>
    static void ExpectSizes(DecoderConfig config, WeightFiles weights)
    {
        const string table = "embed_tokens.weight";
        var before = weights.Names.Contains(table) ? "" : Prefix;
        var last = $"{before}layers.{config.Layers - 1}.";
        weights.Expect(before + table, config.VocabularySize, config.HiddenSize);
        weights.Expect(last + "self_attn.q_proj.weight", (long)config.Heads * config.HeadWidth, config.HiddenSize);
        weights.Expect(last + "self_attn.k_proj.weight", (long)config.KeyValueHeads * config.HeadWidth, config.HiddenSize);
        weights.Expect(last + "mlp.gate_proj.weight", config.IntermediateSize, config.HiddenSize);
    }

    LayerContext Context(PackedBatch batch)
    {
        long longest = 0;
        for (var i = 0; i < batch.Count; i++)
            longest = Math.Max(longest, batch.Length(i));
        var (cos, sin) = rotary.At(batch.Positions, longest);
        return new(cos, sin, batch.Offsets, Bidirectional);
    }

    /// <summary>Heads, and a constant that older versions stored.</summary>
    static bool IsKnownSurplus(string name) =>
        name is "lm_head.weight" or "score.weight" || name.EndsWith(".self_attn.rotary_emb.inv_freq", StringComparison.Ordinal);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            rotary.Dispose();
        base.Dispose(disposing);
    }
}

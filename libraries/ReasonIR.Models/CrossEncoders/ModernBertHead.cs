using ReasonIR.Models.Bert;
using ReasonIR.Models.ModernBert;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using static TorchSharp.torch;

namespace ReasonIR.Models.CrossEncoders;

/// <summary>ModernBERT: the first token or the mean of all (<c>classifier_pooling</c>), dense, gelu, norm, then a linear map.</summary>
public sealed class ModernBertHead : ClassificationHead
{
    readonly PoolingMode pooling;
    readonly Dense dense, classifier;
    readonly Norm norm;

    public ModernBertHead(ModernBertConfig config, int labels, PoolingMode pooling, bool denseBias, WeightStorage storage) : base(nameof(ModernBertHead))
    {
        this.pooling = pooling;
        dense = new(config.HiddenSize, config.HiddenSize, denseBias, storage);
        norm = new(config.HiddenSize, config.NormEps, storage, config.NormBias);
        classifier = new(config.HiddenSize, labels, storage: storage);
        Part.Register(this, ("head.dense", dense), ("head.norm", norm), ("classifier", classifier));
    }

    /// <exception cref="NotSupportedException">config.json has a variation of the head that is not implemented; the message names it.</exception>
    public static ModernBertHead Create(ModernBertModel model, string folder, int labels, WeightStorage storage)
    {
        using var json = JsonFile.Open(Path.Combine(folder, "config.json"));
        json.Only("classifier_activation", "gelu");
        var pooling = json.Text("classifier_pooling") switch
        {
            null or "cls" => PoolingMode.Cls,
            "mean" => PoolingMode.Mean,
            var other => throw new NotSupportedException($"{json.Path}: classifier_pooling '{other}' is not supported; cls and mean are."),
        };
        return new(model.Config, labels, pooling, json.Boolean("classifier_bias") ?? false, storage);
    }

    public override Tensor forward(Tensor hidden, PackedBatch batch)
    {
        using var scope = NewDisposeScope();
        var pooled = pooling == PoolingMode.Cls ? First(hidden, batch) : SequencePooling.Pool(hidden.to(ScalarType.Float32), batch, pooling).to(hidden.dtype);
        return classifier.call(norm.call(dense.call(pooled).gelu())).MoveToOuterDisposeScope();
    }
}

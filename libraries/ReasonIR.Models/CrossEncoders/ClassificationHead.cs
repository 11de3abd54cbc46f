using ReasonIR.Models.Bert;
using ReasonIR.Models.Transformers;
using static TorchSharp.torch;

namespace ReasonIR.Models.CrossEncoders;

/// <summary>From hidden states to one logit a label: what transformers' *ForSequenceClassification puts on an encoder. Its parameters' names are the checkpoint's.</summary>
public abstract class ClassificationHead(string name) : nn.Module<Tensor, PackedBatch, Tensor>(name)
{
    /// <summary>The hidden states of each sequence's first token, [sequences, hidden].</summary>
    protected static Tensor First(Tensor hidden, PackedBatch batch) => hidden.index_select(0, batch.Offsets.narrow(0, 0, batch.Count).to(hidden.device));
}

/// <summary>BERT: the pooler (dense, tanh on [CLS]), then a linear map.</summary>
public sealed class PoolerHead : ClassificationHead
{
    readonly BertModel bert;
    readonly Dense classifier;

    public PoolerHead(BertModel bert, int labels, WeightStorage storage) : base(nameof(PoolerHead))
    {
        this.bert = bert;
        register_module("classifier", classifier = new(bert.HiddenSize, labels, storage: storage));
    }

    public override Tensor forward(Tensor hidden, PackedBatch batch)
    {
        using var scope = NewDisposeScope();
        return classifier.call(bert.PoolerOutput(hidden, batch)).MoveToOuterDisposeScope();
    }
}

/// <summary>Two linear maps with a function between them on the first token: RoBERTa (tanh), ELECTRA (gelu), DistilBERT (relu).</summary>
public sealed class TwoLayerHead : ClassificationHead
{
    readonly Dense first, second;
    readonly Func<Tensor, Tensor> between;

    /// <param name="names">Dotted names of the two maps in the checkpoint.</param>
    public TwoLayerHead(int hidden, int labels, (string First, string Second) names, Func<Tensor, Tensor> between, WeightStorage storage) : base(nameof(TwoLayerHead))
    {
        this.between = between;
        (first, second) = (new(hidden, hidden, storage: storage), new(hidden, labels, storage: storage));
        Part.Register(this, (names.First, first), (names.Second, second));
    }

    public override Tensor forward(Tensor hidden, PackedBatch batch)
    {
        using var scope = NewDisposeScope();
        return second.call(between(first.call(First(hidden, batch)))).MoveToOuterDisposeScope();
    }
}

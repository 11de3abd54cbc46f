using ReasonIR.Models.Bert;
using ReasonIR.Models.ModernBert;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Models.CrossEncoders;

/// <summary>The classification head of each architecture that has one, by config.json's model_type. A new one is one entry.</summary>
static class ClassificationHeads
{
    static readonly Dictionary<string, Func<TransformerModel, string, int, WeightStorage, ClassificationHead>> Heads = new(StringComparer.Ordinal)
    {
        ["bert"] = (model, _, labels, storage) => new PoolerHead((BertModel)model, labels, storage),
        ["roberta"] = Roberta,
        ["xlm-roberta"] = Roberta,
        ["camembert"] = Roberta,
        ["distilbert"] = (model, _, labels, storage) => new TwoLayerHead(model.HiddenSize, labels, ("pre_classifier", "classifier"), x => x.relu(), storage),
        ["electra"] = (model, _, labels, storage) => new TwoLayerHead(model.HiddenSize, labels, ("classifier.dense", "classifier.out_proj"), x => x.gelu(), storage),
        ["modernbert"] = (model, folder, labels, storage) => ModernBertHead.Create((ModernBertModel)model, folder, labels, storage),
    };

    /// <exception cref="NotSupportedException">The architecture has no head here; the message names it and those that have.</exception>
    public static ClassificationHead Create(string type, TransformerModel model, string folder, int labels, WeightStorage storage) =>
        Heads.TryGetValue(type, out var create)
            ? create(model, folder, labels, storage)
            : throw new NotSupportedException($"{folder}: cross-encoders of type '{type}' are not supported; supported are: {string.Join(", ", Heads.Keys.Order(StringComparer.Ordinal))}.");

    static ClassificationHead Roberta(TransformerModel model, string folder, int labels, WeightStorage storage) =>
        new TwoLayerHead(model.HiddenSize, labels, ("classifier.dense", "classifier.out_proj"), x => x.tanh(), storage);
}

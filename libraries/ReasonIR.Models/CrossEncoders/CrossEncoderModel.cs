using ReasonIR.Models.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Models.CrossEncoders;

/// <summary>A transformer with a classification head: from packed pairs to logits.</summary>
public sealed class CrossEncoderModel : nn.Module<PackedBatch, Tensor>
{
    CrossEncoderModel(TransformerModel transformer, ClassificationHead head) : base(nameof(CrossEncoderModel))
    {
        (Transformer, Head) = (transformer, head);
        register_module("transformer", transformer);
        register_module("head", head);
    }

    public TransformerModel Transformer { get; }

    public ClassificationHead Head { get; }

    /// <summary>The model of a folder, in evaluation mode.</summary>
    /// <exception cref="InvalidDataException">A file is broken, or a tensor is missing or of another shape; the message names it.</exception>
    /// <exception cref="NotSupportedException">The architecture has no classification head here.</exception>
    public static CrossEncoderModel Load(string folder, int labels, ModelOptions? options = null)
    {
        var type = Architectures.TypeOf(folder);
        var transformer = Architectures.Load(folder, options);
        ClassificationHead? head = null;
        try
        {
            head = ClassificationHeads.Create(type, transformer, folder, labels, (options ?? ModelOptions.Default).Storage);
            using var weights = WeightFiles.Open(folder);
            weights.Load(head);
        }
        catch
        {
            head?.Dispose();
            transformer.Dispose();
            throw;
        }
        var model = new CrossEncoderModel(transformer, head);
        model.eval();
        return model;
    }

    /// <summary>f32 [sequences, labels]</summary>
    public override Tensor forward(PackedBatch batch)
    {
        using var scope = NewDisposeScope();
        return Head.call(Transformer.call(batch), batch).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}

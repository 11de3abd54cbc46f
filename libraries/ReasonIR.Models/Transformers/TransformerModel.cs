using ReasonIR.Models.Safetensors;
using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>
/// A network from packed tokens to hidden states [tokens, hidden]. The names of its parameters are those of the architecture's
/// Hugging Face checkpoint without the head's prefix.
/// </summary>
public abstract class TransformerModel(string name) : nn.Module<PackedBatch, Tensor>(name)
{
    /// <summary>Width of a hidden state.</summary>
    public abstract int HiddenSize { get; }

    /// <summary>Longest sequence, tokens.</summary>
    public abstract int MaxPositions { get; }

    /// <summary>Number of token ids.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The architecture's name in config.json once saved from here.</summary>
    public abstract string Architecture { get; }

    /// <summary>The parameters as tensors to write, f32.</summary>
    public IEnumerable<TensorToWrite> ToWrite() => named_parameters().Select(p => TorchTensors.ToWrite(p.name, p.parameter));
}

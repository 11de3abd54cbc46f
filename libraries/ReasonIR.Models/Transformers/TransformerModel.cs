using ReasonIR.Models.Lora;
using ReasonIR.Models.Safetensors;
using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>
/// A network from packed tokens to hidden states [tokens, hidden] in the compute type. The names of its parameters are those of the
/// architecture's Hugging Face checkpoint without the head's prefix.
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

    /// <summary>Type in which activations flow. Weights of another type are cast where they are used, and their gradients cast back.</summary>
    public ScalarType Compute { get; set; } = ScalarType.Float32;

    /// <summary>Where the weights lie; batches must lie there too (<see cref="PackedBatch.On"/>).</summary>
    public Device Device => parameters().First().device;

    /// <summary>In training: keep only the input of each layer and compute the rest again in the backward pass.</summary>
    public bool Checkpointing { get; set; }

    /// <summary>Whether a token sees those after it. Encoders always do; a decoder can be switched.</summary>
    /// <exception cref="NotSupportedException">The architecture has no causal attention.</exception>
    public virtual bool Bidirectional
    {
        get => true;
        set
        {
            if (!value)
                throw new NotSupportedException($"{Architecture} has no causal attention.");
        }
    }

    /// <summary>The linear maps with their names, in order: what an adapter can be put beside.</summary>
    public IEnumerable<(string Name, Dense Module)> LinearModules() => LinearModules(this, "");

    /// <summary>The weights as tensors to write, in their stored type; an adapter beside them is left out (merge it first, or export it by itself).</summary>
    /// <param name="type">Element type in the file; null: as they are held.</param>
    public IEnumerable<TensorToWrite> ToWrite(TensorType? type = null) =>
        named_parameters().Where(p => !LoraPair.IsName(p.name)).Select(p => TorchTensors.ToWrite(p.name, p.parameter, type));

    static IEnumerable<(string, Dense)> LinearModules(nn.Module parent, string prefix)
    {
        foreach (var (name, child) in parent.named_children())
            if (child is Dense dense)
                yield return (prefix + name, dense);
            else
                foreach (var found in LinearModules(child, $"{prefix}{name}."))
                    yield return found;
    }
}

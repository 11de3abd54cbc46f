using ReasonIR.Experiments.Models;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Serving;

/// <summary>A model in use; it stays in memory until the lease is disposed.</summary>
/// <param name="row">Its row.</param>
/// <param name="served">What is in memory.</param>
/// <param name="returned">Called once at the end.</param>
public sealed class ModelLease(Model row, ServedModel served, Action returned) : IDisposable
{
    Action? returned = returned;

    /// <summary>Its row.</summary>
    public Model Model { get; } = row;

    /// <summary>What is in memory.</summary>
    public ServedModel Served { get; } = served;

    /// <summary>It as an encoder of texts.</summary>
    /// <exception cref="NotSupportedException">It is none.</exception>
    public ServedEncoder Texts => Served as ServedEncoder ?? throw new NotSupportedException($"Model '{Model.Name}' is a cross-encoder: it scores pairs of texts at /rerank and gives no vectors.");

    /// <summary>It as a cross-encoder.</summary>
    /// <exception cref="NotSupportedException">It is none.</exception>
    public ServedReranker Pairs => Served as ServedReranker ?? throw new NotSupportedException($"Model '{Model.Name}' is no cross-encoder: it gives vectors at /v1/embeddings and scores no pairs.");

    /// <summary>Its code and weights, as an encoder of texts.</summary>
    public ITextEncoder Encoder => Texts.Encoder;

    /// <summary>The prompt's options: the named prompt where the model has it, the default one otherwise.</summary>
    public EncodeOptions Prompt(string name) => ModelPrompts.Named(Encoder, name) with { MaxTokens = Served.Settings.MaxTokens };

    /// <summary>What <see cref="Prompt"/> puts before a text; empty: nothing.</summary>
    public string PromptText(string name) => Encoder.PromptText(Prompt(name));

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref returned, null)?.Invoke();
}

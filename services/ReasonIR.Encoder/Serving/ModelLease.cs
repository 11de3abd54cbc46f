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

    /// <summary>Its code and weights.</summary>
    public ITextEncoder Encoder => Served.Encoder;

    /// <summary>The prompt's options: the named prompt where the model has it, none otherwise.</summary>
    public EncodeOptions Prompt(string name) => new(PromptName: Encoder.Prompts.ContainsKey(name) ? name : null, MaxTokens: Served.Settings.MaxTokens);

    /// <summary>What <see cref="Prompt"/> puts before a text; empty: nothing.</summary>
    public string PromptText(string name) => Encoder.PromptText(Prompt(name));

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref returned, null)?.Invoke();
}

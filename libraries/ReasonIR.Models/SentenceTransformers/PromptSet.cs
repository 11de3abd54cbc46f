namespace ReasonIR.Models.SentenceTransformers;

/// <summary>A model's named prompts and which of them applies when none is asked for (config_sentence_transformers.json).</summary>
public sealed record PromptSet(IReadOnlyDictionary<string, string> Prompts, string? DefaultName)
{
    public static PromptSet None { get; } = new(new Dictionary<string, string>(), null);

    /// <summary>The text to put before each input: the explicit one (empty counts), else the named one, else the default, else nothing.</summary>
    /// <exception cref="ArgumentException">There is no prompt of the name.</exception>
    public string Resolve(EncodeOptions options)
    {
        if (options.Prompt is { } prompt)
            return prompt;
        return (options.PromptName ?? DefaultName) is not { } name ? ""
            : Prompts.TryGetValue(name, out var text) ? text
            : throw new ArgumentException($"The model has no prompt named '{name}'; it has: {(Prompts.Count == 0 ? "none" : string.Join(", ", Prompts.Keys))}.");
    }
}

namespace ReasonIR.Models.SentenceTransformers;

/// <summary>A model's named prompts and which of them applies when none is asked for (config_sentence_transformers.json).</summary>
public sealed record PromptSet(IReadOnlyDictionary<string, string> Prompts, string? DefaultName)
{
    public static PromptSet None { get; } = new(new Dictionary<string, string>(), null);

    /// <summary>
    /// Stands in a prompt where the instruction of a request goes, as instruction-following encoders have it (GritLM, ReasonIR:
    /// <c>&lt;|user|&gt;\n{instruction}\n&lt;|embed|&gt;\n</c>).
    /// </summary>
    public const string InstructionPlace = "{instruction}";

    /// <summary>A prompt with a place for an instruction may have a sibling of its name and this, for texts without one.</summary>
    public const string Bare = "_bare";

    /// <summary>The prompt that an instruction is meant for where none is named and the model has no default.</summary>
    const string InstructedPrompt = "query";

    /// <summary>
    /// The text to put before each input: the explicit one as it stands (empty counts), else the named one, else the default, else nothing;
    /// with the instruction in its place. Without an instruction a prompt that has the place gives way to its sibling <c>NAME_bare</c>.
    /// </summary>
    /// <exception cref="ArgumentException">There is no prompt of the name, or an instruction is missing or has no place in it.</exception>
    public string Resolve(EncodeOptions options)
    {
        if (options.Prompt is { } prompt)
            return options.Instruction is null ? prompt : throw new ArgumentException("A prompt and an instruction were given; the instruction goes into one of the model's own prompts.");
        if ((options.PromptName ?? DefaultName ?? (options.Instruction is null ? null : InstructedPrompt)) is not { } name)
            return "";
        if (!Prompts.TryGetValue(name, out var text))
            throw new ArgumentException($"The model has no prompt named '{name}'; it has: {(Prompts.Count == 0 ? "none" : string.Join(", ", Prompts.Keys))}.");
        var hasPlace = text.Contains(InstructionPlace, StringComparison.Ordinal);
        return (hasPlace, options.Instruction) switch
        {
            (false, null) => text,
            (true, { } instruction) => text.Replace(InstructionPlace, instruction, StringComparison.Ordinal),
            (true, null) when Prompts.TryGetValue(name + Bare, out var bare) => bare,
            (true, null) => throw new ArgumentException($"The model's prompt '{name}' has a place for an instruction; none was given."),
            (false, _) => throw new ArgumentException($"The model's prompt '{name}' has no place for an instruction ({InstructionPlace}); one was given."),
        };
    }
}

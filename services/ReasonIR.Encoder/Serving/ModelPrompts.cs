using ReasonIR.Contracts.Models;
using ReasonIR.Models;
using ReasonIR.Models.SentenceTransformers;

namespace ReasonIR.Encoder.Serving;

/// <summary>Which of a model's prompts is meant. <c>query</c> and <c>document</c> may be asked for of every model; one without prompts encodes both alike.</summary>
public static class ModelPrompts
{
    public const string Query = "query", Document = "document";

    /// <summary>The prompt of that name; null: the model's default.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static EncodeOptions Named(ITextEncoder encoder, string? name)
    {
        if (name is null)
            return EncodeOptions.Default;
        if (!encoder.Prompts.TryGetValue(name, out var text))
            return name is Query or Document ? EncodeOptions.Default
                : throw new ArgumentException($"the model has no prompt named '{name}'; it has: {(encoder.Prompts.Count == 0 ? "none" : string.Join(", ", encoder.Prompts.Keys))}.");
        // A query without instruction is read as these models read documents, unless the model has a prompt for such ones.
        return HasPlace(text) && !encoder.Prompts.ContainsKey(name + PromptSet.Bare) && encoder.Prompts.TryGetValue(Document, out var plain) && !HasPlace(plain) ? new(PromptName: Document) : new(PromptName: name);
    }

    /// <summary>The prompt with an instruction in it: by the model's own settings, by a prompt with a place for it, or by one that was plainly made with one.</summary>
    /// <exception cref="ArgumentException">The model does not say how it takes instructions.</exception>
    public static EncodeOptions Instructed(ITextEncoder encoder, ModelSettings settings, string? name, string instruction)
    {
        const string Before = "Instruct: ", After = "\nQuery:";
        if (name is null && settings.Instruction is { } template)
            return new(Prompt: template.Replace(ServingSettings.Slot, instruction, StringComparison.Ordinal));
        if (encoder.Prompts.TryGetValue(name ?? Query, out var named) && HasPlace(named))
            return new(PromptName: name ?? Query, Instruction: instruction);
        foreach (var prompt in name is null ? encoder.Prompts.Values : named is null ? [] : [named])
            if (prompt.StartsWith(Before, StringComparison.Ordinal) && prompt.LastIndexOf(After, StringComparison.Ordinal) is > 0 and var end)
                return new(Prompt: Before + instruction + prompt[end..]);
        throw new ArgumentException($"the model says nothing of how it takes instructions; set its serving.instruction (a text with {ServingSettings.Slot} in it), or send the whole 'prompt'.");
    }

    static bool HasPlace(string prompt) => prompt.Contains(PromptSet.InstructionPlace, StringComparison.Ordinal);
}

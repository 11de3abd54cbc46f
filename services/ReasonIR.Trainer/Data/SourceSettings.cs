using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Models;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Training.Data;

namespace ReasonIR.Trainer.Data;

/// <summary>How one source of a mixture is read, with every default resolved.</summary>
/// <param name="Prompts">Before its texts.</param>
/// <param name="InstructionInText">The prompt is the model's own and has no place for an instruction: that goes before the query as part of its text.</param>
/// <param name="Instruction">Of queries that bring none.</param>
public sealed record SourceSettings(TextPrompts Prompts, bool InstructionInText, string? Instruction, int Positives, int Negatives, int? QueryMaxTokens, int? PassageMaxTokens)
{
    /// <param name="own">The model's prompts.</param>
    public static SourceSettings Of(DataSection data, DataSource source, PromptSet own)
    {
        var (query, passage) = (Own(own, "query"), Own(own, "document"));
        var asked = Join(source.Prompts, data.Prompts);
        var prompts = new TextPrompts(
            asked.Query ?? query, asked.QueryBare ?? (asked.Query is { } q ? Bare(q) : OwnBare(own, "query", query)),
            asked.Passage ?? passage, asked.PassageBare ?? (asked.Passage is { } p ? Bare(p) : OwnBare(own, "document", passage)));
        return new(prompts, asked.Query is null && !prompts.TakesInstruction, source.Instruction, source.Positives ?? data.Positives ?? 1, source.Negatives ?? data.Negatives ?? 1,
            source.QueryMaxTokens ?? data.QueryMaxTokens, source.PassageMaxTokens ?? data.PassageMaxTokens);
    }

    /// <summary>What the prompt is without an instruction: as it is where it has no place for one.</summary>
    static string Bare(string prompt) => prompt.Contains(PromptSet.InstructionPlace, StringComparison.Ordinal) ? "" : prompt;

    /// <summary>The same of a model's own prompt, as the Encoder service will read it: the model's word for such texts, else as its documents are read.</summary>
    static string OwnBare(PromptSet own, string name, string prompt) =>
        own.Prompts.TryGetValue(name + PromptSet.Bare, out var bare) ? bare
        : Bare(prompt) == prompt ? prompt
        : own.Prompts.TryGetValue("document", out var plain) ? Bare(plain) : "";

    static PromptSection Join(PromptSection? first, PromptSection? second) =>
        new(first?.Query ?? second?.Query, first?.QueryBare ?? second?.QueryBare, first?.Passage ?? second?.Passage, first?.PassageBare ?? second?.PassageBare);

    /// <summary>A prompt as the Encoder service will put it.</summary>
    static string Own(PromptSet prompts, string name) => prompts.Prompts.TryGetValue(name, out var text) ? text
        : prompts.DefaultName is { } other ? prompts.Prompts[other] : "";
}

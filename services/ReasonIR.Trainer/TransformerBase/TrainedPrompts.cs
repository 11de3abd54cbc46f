using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Trainer.Data;

namespace ReasonIR.Trainer.TransformerBase;

/// <summary>
/// The prompts that a trained model carries, so that whoever encodes with it puts before a text what stood before it in training:
/// <c>query</c> and <c>document</c> are those of the recipe's first source, <c>query_bare</c> is for queries without an instruction where
/// <c>query</c> has a place for one, and those of further sources that differ are named <c>DATASET_query</c> and so on.
/// </summary>
public static class TrainedPrompts
{
    /// <param name="own">The base's.</param>
    /// <returns>Null: the base's own say it all.</returns>
    public static PromptSet? Of(DataSection data, PromptSet own)
    {
        var all = new Dictionary<string, string>(own.Prompts, StringComparer.Ordinal);
        var first = Named(SourceSettings.Of(data, data.Sources[0], own));
        foreach (var (name, text) in first)
            if (text != Served(own, name))
                all[name] = text;
        foreach (var source in data.Sources.Skip(1))
            foreach (var (name, text) in Named(SourceSettings.Of(data, source, own)))
                if (!first.TryGetValue(name, out var main) || main != text)
                    all[$"{source.Dataset}_{name}"] = text;
        return all.Count == own.Prompts.Count && all.All(prompt => own.Prompts.GetValueOrDefault(prompt.Key) == prompt.Value) ? null : new(all, own.DefaultName);
    }

    static Dictionary<string, string> Named(SourceSettings source)
    {
        var (prompts, instruction) = (source.Prompts, source.Instruction);
        var named = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // An instruction that went before the queries as text was as good as part of their prompt.
            ["query"] = source.InstructionInText && instruction is not null ? $"{prompts.Query}{instruction} " : prompts.Query,
            ["document"] = prompts.Passage,
        };
        if (HasPlace(prompts.Query))
            named["query" + PromptSet.Bare] = prompts.ForQuery(instruction);
        if (HasPlace(prompts.Passage))
            named["document" + PromptSet.Bare] = prompts.ForPassage(null);
        return named;
    }

    /// <summary>What the base gives for the name without a word of the recipe; null: nothing that could be relied on.</summary>
    static string? Served(PromptSet own, string name) => own.Prompts.TryGetValue(name, out var text) ? text
        : name.EndsWith(PromptSet.Bare, StringComparison.Ordinal) ? null
        : own.DefaultName is { } other ? own.Prompts[other] : "";

    static bool HasPlace(string prompt) => prompt.Contains(PromptSet.InstructionPlace, StringComparison.Ordinal);
}

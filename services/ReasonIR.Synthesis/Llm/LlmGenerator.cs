using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Prompts;
using ReasonIR.Synthesis.Generation;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Llm;

/// <summary>
/// Examples written and judged by a chat model, by the steps of a recipe (after ReasonIR-Synthesizer, arXiv 2504.20595, section 3). Items
/// are seed documents, then examples of varied length.
/// </summary>
public sealed class LlmGenerator(ChatModels models) : IExampleGenerator
{
    public string Name => "llm";

    public string? Missing => models.Default.Settings.IsConfigured ? null : $"The llm generator needs a chat endpoint: {ChatConfiguration.HowToConfigure}.";

    public IReadOnlyDictionary<string, string> Provenance(SynthesizeSpec spec)
    {
        var provenance = Prompts(Complete(spec)).ToDictionary(Key, prompt => prompt.Hash);
        provenance["chatModel"] = ModelOf(spec.Llm?.Endpoint);
        if ((spec.Judge?.Endpoint ?? spec.Llm?.Endpoint) is var judge && judge != spec.Llm?.Endpoint)
            provenance["judgeModel"] = ModelOf(judge);
        if (spec.Judge?.Second is { } second && (second.Endpoint ?? judge) is var other && other != judge)
            provenance["secondJudgeModel"] = ModelOf(other);
        if (spec.Seeds is { IsJudged: true, Quality.Endpoint: { } seeds } && seeds != spec.Llm?.Endpoint)
            provenance["seedJudgeModel"] = ModelOf(seeds);
        return provenance;
    }

    string ModelOf(string? endpoint) => models.Find(endpoint).Settings.Model ?? "";

    /// <summary>Where a spec names no steps: hard queries and written negatives, as many as its <c>llm</c> says.</summary>
    public SynthesizeSpec Complete(SynthesizeSpec spec)
    {
        var llm = spec.Llm ?? new LlmSettings();
        if (!spec.NamesSteps)
            spec = spec with
            {
                Queries = new HardQuerySettings(llm.QueriesPerDocument ?? 1),
                WrittenNegatives = llm.NegativesPerQuery is 0 ? null : new WrittenNegativeSettings(llm.NegativesPerQuery ?? 1),
            };
        return spec with { Llm = llm with { QueriesPerDocument = null, NegativesPerQuery = null }, HardNegatives = spec.HardNegatives ?? new MinedNegatives(), Extractive = null };
    }

    public DatasetKind KindOf(SynthesizeSpec spec) => DatasetKind.Examples;

    public SeedFilter Filter(SynthesizeSpec spec) =>
        new((spec.Llm ?? new LlmSettings()).MinimumWords, Complete(spec).Queries is null ? 0 : (spec.Llm ?? new LlmSettings()).Documents);

    public int Items(SynthesizeSpec spec, int documents) => documents + (spec.VariedLength?.Examples ?? 0);

    static IEnumerable<Prompt> Prompts(SynthesizeSpec spec)
    {
        if (spec.Seeds is { IsJudged: true })
            yield return PromptFiles.JudgeSeed;
        if (spec.Queries is not null)
            yield return PromptFiles.HardQuery;
        if (spec.VariedLength is not null)
        {
            yield return PromptFiles.BrainstormTasks;
            yield return PromptFiles.VariedLength;
        }
        if (spec.WrittenNegatives is not null)
            yield return PromptFiles.HardNegative;
        if (spec.Reasoned is not null)
            yield return PromptFiles.ReasonQuery;
        if (spec.Positives is not null || spec.Judge is { Positives: > 0 } or { Negatives: > 0 })
            yield return PromptFiles.JudgePassage;
        if (spec.Judge is { Second: not null })
            yield return PromptFiles.JudgePassageSecond;
        if (spec.Judge is { Queries: > 0 })
            yield return PromptFiles.JudgeQuery;
    }

    /// <summary><c>hard-query</c> to <c>hardQueryPrompt</c>.</summary>
    static string Key(Prompt prompt)
    {
        var words = prompt.Name.Split('-');
        return string.Concat(words[0], string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..])), "Prompt");
    }
}

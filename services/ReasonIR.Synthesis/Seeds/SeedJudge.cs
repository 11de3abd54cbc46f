using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Llm;

namespace ReasonIR.Synthesis.Seeds;

/// <summary>The answer to <c>prompts/judge-seed.md</c>.</summary>
public sealed record SeedGrade(string Reasons, int Score);

/// <summary>
/// A language model gives points from 0 to 5, on an additive scale as FineWeb-Edu's (arXiv 2406.17557) in words of our own. On the account
/// of the run, from the cache where it was asked before.
/// </summary>
public sealed class SeedJudge(RunAccounts accounts) : IQualityScorer
{
    /// <summary>What a recipe calls it.</summary>
    public const string ScorerName = "judge";

    /// <summary>The beginning tells enough: about 2,000 tokens of English.</summary>
    const int MostCharacters = 8_000;

    const int MostOutputTokens = 600, Attempts = 2, Seed = 0;

    public string Name => ScorerName;

    /// <summary>A text whose answers cannot be used, or that the server refuses, has no score.</summary>
    /// <exception cref="TransientRunException">The endpoint is away.</exception>
    /// <exception cref="InvalidOperationException">The cap leaves no room for the rest.</exception>
    public async Task<IReadOnlyList<double?>> ScoreAsync(RunContext run, SynthesizeSpec spec, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        var judge = (await accounts.OpenAsync(spec, run.RunId, cancellation)).Seeds;
        var scores = new double?[texts.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = (spec.Llm ?? new()).Concurrency, CancellationToken = cancellation };
        try
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, texts.Count), options, async (place, token) => scores[place] = await GradeAsync(judge, texts[place], token));
        }
        catch (CostCapException error)
        {
            throw new InvalidOperationException($"Not all seeds could be judged. {error.Message} A run with a higher cap goes on without paying again.", error);
        }
        return scores;
    }

    /// <summary>The score of one text, or null.</summary>
    internal static async Task<double?> GradeAsync(Asker judge, string text, CancellationToken cancellation)
    {
        try
        {
            var inputs = new Dictionary<string, string> { ["document"] = Beginning(text) };
            return (await ModelTrouble.TranslateAsync(() => judge.AskAsync<SeedGrade>(PromptFiles.JudgeSeed, inputs, (_, _) => null, Seed, MostOutputTokens, Attempts, cancellation))).Value.Score;
        }
        catch (NoAnswerException)
        {
            return null;
        }
        catch (ChatException error) when (ModelTrouble.IsRefusal(error))
        {
            return null;
        }
    }

    internal static string Beginning(string text) => TextBeginnings.Of(text, MostCharacters);
}

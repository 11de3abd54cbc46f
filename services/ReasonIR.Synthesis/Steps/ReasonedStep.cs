using System.Globalization;
using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Steps;

/// <summary>The answer to <c>prompts/reason-query.md</c>.</summary>
public sealed record ReasonedQuery(string Reasoning);

/// <summary>Expands a query step by step, to about a given length.</summary>
static class ReasonedStep
{
    const string Step = "reasoned";

    public static async Task AddAsync(RecipeDesk desk, Draft draft, ItemJournal journal, CancellationToken cancellation)
    {
        if (desk.Spec.Reasoned is not { } settings)
            return;
        try
        {
            var answer = await desk.Writer.AskAsync<ReasonedQuery>(PromptFiles.ReasonQuery, new Dictionary<string, string>
            {
                ["query"] = draft.Query,
                ["words"] = settings.Words.ToString(CultureInfo.InvariantCulture),
            }, (found, _) => Failure(found.Reasoning, settings), desk.Spec.Seed, 500 + 3 * settings.Words, settings.Attempts, cancellation);
            journal.Again(Step, answer.Failures);
            journal.Keep(Step);
            journal.Value("words.reasoned", Words.Count(answer.Value.Reasoning));
            draft.Reasoned = answer.Value.Reasoning.Trim();
            draft.By(PromptFiles.ReasonQuery);
        }
        catch (NoAnswerException error)
        {
            // The example is as good without it.
            journal.Again(Step, error.Failures.SkipLast(1));
            journal.Drop(Step, error.Failures[^1].Reason, error.Message);
        }
    }

    static CheckFailure? Failure(string text, ReasonedSettings settings)
    {
        var words = Words.Count(text);
        return words < settings.Words * (1 - settings.Tolerance) ? new("expansion too short", $"the text has {words} words; about {settings.Words} are wanted")
            : words > settings.Words * (1 + settings.Tolerance) ? new("expansion too long", $"the text has {words} words; about {settings.Words} are wanted")
            : null;
    }
}

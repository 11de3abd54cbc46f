using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ReasonIR.Language.Prompts;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Llm;

namespace ReasonIR.Synthesis.Steps;

/// <summary>The answer to <c>prompts/judge-passage.md</c>.</summary>
public sealed record PassageJudgment(string Needed, string Given, int Grade);

/// <summary>The answer to <c>prompts/judge-passage-second.md</c>.</summary>
public sealed record SecondJudgment(string Because, int Grade);

/// <summary>The answer to <c>prompts/judge-query.md</c>.</summary>
public sealed record QueryJudgment(string Alone, string Steps, int Grade);

/// <summary>Grades from 1 to 5, and what fails is left out.</summary>
static class JudgeStep
{
    const string Step = "judge";
    const int Attempts = 3;
    const int MaxOutputTokens = 1200;

    /// <summary>The passage with how much it helps with the query, by the second judge too where the example is drawn for it; null where no answer can be used.</summary>
    public static async Task<DraftPassage?> GradeAsync(RecipeDesk desk, Draft draft, DraftPassage passage, ItemJournal journal, CancellationToken cancellation)
    {
        if (passage.Facts.Grade is not null)
            return passage;
        if (await AskAsync<PassageJudgment>(desk, desk.Judge, PromptFiles.JudgePassage, draft, passage.Passage.Text, journal, cancellation) is not { } judgment)
            return null;
        var facts = passage.Facts with { Grade = judgment.Grade, Reason = judgment.Given };
        // Before anything is left out: agreement on what was kept alone would flatter.
        if (draft.SecondJudged && await AskAsync<SecondJudgment>(desk, desk.SecondJudge, PromptFiles.JudgePassageSecond, draft, passage.Passage.Text, journal, cancellation) is { } second)
        {
            journal.Pair(judgment.Grade, second.Grade);
            facts = facts with { SecondGrade = second.Grade };
        }
        return passage with { Facts = facts };
    }

    /// <summary>Whether the second judge grades an example too: drawn by the seed, decides nothing.</summary>
    /// <param name="number">The example's number within its item.</param>
    public static bool IsSecondJudged(RecipeDesk desk, int item, int number) => desk.Spec.Judge?.Second is { } second
        && BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{desk.Spec.Seed}\nsecond-judge\n{item}\n{number}"))) < second.Share * uint.MaxValue;

    /// <summary>False: the query is not good enough.</summary>
    public static async Task<bool> QueryAsync(RecipeDesk desk, Draft draft, ItemJournal journal, CancellationToken cancellation)
    {
        if (desk.Spec.Judge is not { Queries: > 0 and var least })
            return true;
        if (await AskAsync<QueryJudgment>(desk, desk.Judge, PromptFiles.JudgeQuery, draft, null, journal, cancellation) is not { } judgment)
        {
            journal.Drop(Step, "query not graded", draft.Query);
            return false;
        }
        (draft.QueryGrade, draft.QueryReason) = (judgment.Grade, judgment.Steps);
        journal.Value("grade.query", judgment.Grade);
        if (judgment.Grade < least)
            journal.Drop(Step, $"query graded below {least}", draft.Query);
        return judgment.Grade >= least;
    }

    /// <summary>Leaves out positives that do not help; false: none is left.</summary>
    public static async Task<bool> PositivesAsync(RecipeDesk desk, Draft draft, ItemJournal journal, CancellationToken cancellation)
    {
        if (desk.Spec.Judge is not { Positives: > 0 and var least })
            return true;
        var kept = new List<DraftPassage>();
        foreach (var positive in draft.Positives)
        {
            var graded = await GradeAsync(desk, draft, positive, journal, cancellation);
            if (graded is not null)
                journal.Value("grade.positive", graded.Facts.Grade!.Value);
            if (graded?.Facts.Grade >= least)
                kept.Add(graded);
            else
                journal.Drop(Step, graded is null ? "positive not graded" : $"positive graded below {least}", positive.Passage.Text);
        }
        draft.Positives = kept;
        return kept.Count > 0;
    }

    /// <summary>Leaves out negatives that help.</summary>
    public static async Task NegativesAsync(RecipeDesk desk, Draft draft, ItemJournal journal, CancellationToken cancellation)
    {
        if (desk.Spec.Judge is not { Negatives: > 0 and var tooGood })
            return;
        var kept = new List<DraftPassage>();
        foreach (var negative in draft.Negatives)
        {
            var graded = await GradeAsync(desk, draft, negative, journal, cancellation);
            if (graded is not null)
                journal.Value("grade.negative", graded.Facts.Grade!.Value);
            if (graded?.Facts.Grade < tooGood)
                kept.Add(graded);
            else
                journal.Drop(Step, graded is null ? "negative not graded" : $"negative graded {tooGood} or above", negative.Passage.Text);
        }
        draft.Negatives = kept;
    }

    static async Task<T?> AskAsync<T>(
        RecipeDesk desk, Asker asker, Prompt prompt, Draft draft, string? passage, ItemJournal journal, CancellationToken cancellation) where T : class
    {
        var inputs = new Dictionary<string, string> { ["query"] = draft.Query };
        if (passage is not null)
            inputs["passage"] = desk.Cut(passage);
        try
        {
            var answer = await asker.AskAsync<T>(prompt, inputs, (_, _) => null, desk.Spec.Seed, MaxOutputTokens, Attempts, cancellation);
            journal.Again(Step, answer.Failures);
            draft.By(prompt);
            return answer.Value;
        }
        catch (NoAnswerException error)
        {
            journal.Again(Step, error.Failures);
            return null;
        }
    }
}

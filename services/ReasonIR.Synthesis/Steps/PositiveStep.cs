using ReasonIR.Experiments.Datasets;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Generation;

namespace ReasonIR.Synthesis.Steps;

/// <summary>Positives that are looked for in the corpus and graded, in place of the seed document.</summary>
static class PositiveStep
{
    const string Step = "positives";

    /// <summary>False: there is none.</summary>
    public static async Task<bool> ReplaceAsync(RecipeDesk desk, Draft draft, ItemJournal journal, CancellationToken cancellation)
    {
        if (desk.Spec.Positives is not { } settings || draft.Seed is not { } seed)
            return true;
        var accepted = new List<DraftPassage>();
        foreach (var candidate in await desk.CandidatesAsync(draft.Query, seed, settings.Candidates, cancellation))
        {
            var passage = new DraftPassage(Passages.Of(candidate), new PassageFacts("graded"));
            var graded = await JudgeStep.GradeAsync(desk, draft, passage, journal, cancellation);
            if (graded is not null)
                journal.Value("grade.candidate", graded.Facts.Grade!.Value);
            if (graded?.Facts.Grade >= settings.Threshold)
                accepted.Add(graded);
            else
                journal.Drop(Step, graded is null ? "candidate not graded" : $"candidate graded below {settings.Threshold}", passage.Passage.Text);
        }
        // The best first; those of one grade stay in the order of their ranks.
        var chosen = accepted.OrderByDescending(positive => positive.Facts.Grade).Take(settings.Most).ToList();
        foreach (var _ in chosen)
            journal.Keep(Step);
        draft.Positives = settings.KeepSeed ? [.. draft.Positives, .. chosen] : chosen;
        if (draft.Positives.Count == 0)
            journal.Drop(Step, $"no candidate is graded {settings.Threshold} or above", draft.Query);
        return draft.Positives.Count > 0;
    }
}

using ReasonIR.Experiments.Corpora;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Generation;
using ReasonIR.Synthesis.Llm;

namespace ReasonIR.Synthesis.Steps;

/// <summary>Leads an item through the steps of a recipe. What comes of it depends on the recipe, the item and the model's answers alone. Thread-safe.</summary>
sealed class ItemMaker(RecipeDesk desk)
{
    /// <param name="seed">The item's document; null: an example of varied length.</param>
    /// <param name="varied">Its number among those, from 0.</param>
    public async Task<(IReadOnlyList<GeneratedExample> Examples, ItemFacts Facts)> MakeAsync(int item, Document? seed, int varied, CancellationToken cancellation)
    {
        var journal = new ItemJournal();
        try
        {
            var drafts = seed is null
                ? await VariedLengthStep.WriteAsync(desk, item, varied, journal, cancellation)
                : await HardQueryStep.WriteAsync(desk, item, seed, journal, cancellation);
            var examples = new List<GeneratedExample>();
            foreach (var (number, draft) in drafts.Index())
            {
                draft.SecondJudged = JudgeStep.IsSecondJudged(desk, item, number);
                if (await CompleteAsync(draft, journal, cancellation))
                    examples.Add(draft.Finished(desk.Writer.Settings.Model ?? "", seed is null ? PromptFiles.VariedLength : PromptFiles.HardQuery));
            }
            return (examples, journal.Facts(examples, examples.Count == 0 ? "nothing passed the filters" : null));
        }
        catch (NoAnswerException error)
        {
            var step = seed is null ? "variedLength" : "queries";
            journal.Again(step, error.Failures.SkipLast(1));
            journal.Drop(step, error.Failures[^1].Reason, error.Message);
            return ([], journal.Facts([], "no usable answer"));
        }
    }

    /// <summary>What was refused by the server, whatever the step.</summary>
    public static ItemFacts Refused(int status, string message)
    {
        var journal = new ItemJournal();
        journal.Drop("queries", $"refused with HTTP {status}", message);
        return journal.Facts([], $"refused with HTTP {status}");
    }

    /// <summary>The steps after the first, the cheap ones that leave something out before those that write. False: it is left out.</summary>
    async Task<bool> CompleteAsync(Draft draft, ItemJournal journal, CancellationToken cancellation)
    {
        if (!await JudgeStep.QueryAsync(desk, draft, journal, cancellation)
            || !await PositiveStep.ReplaceAsync(desk, draft, journal, cancellation)
            || !await JudgeStep.PositivesAsync(desk, draft, journal, cancellation))
            return false;
        await NegativeStep.AddAsync(desk, draft, journal, cancellation);
        await JudgeStep.NegativesAsync(desk, draft, journal, cancellation);
        await ReasonedStep.AddAsync(desk, draft, journal, cancellation);
        if (desk.Search is { } search)
            (draft.Positives, draft.Negatives) = (search.Measure(draft.Query, draft.Positives), search.Measure(draft.Query, draft.Negatives));
        foreach (var positive in draft.Positives)
        {
            journal.Value("words.positive", Seeds.Words.Count(positive.Passage.Text));
            if (positive.Facts.Bm25Score is not null)
                journal.Value("rank.positive", positive.Facts.Bm25Rank ?? CorpusSearch.LastRank + 1);
        }
        foreach (var negative in draft.Negatives)
        {
            journal.Keep(negative.Facts.Source == "written" ? "writtenNegatives" : "hardNegatives");
            if (negative.Facts.Bm25Score is not null)
                journal.Value("rank.negative", negative.Facts.Bm25Rank ?? CorpusSearch.LastRank + 1);
        }
        return true;
    }
}

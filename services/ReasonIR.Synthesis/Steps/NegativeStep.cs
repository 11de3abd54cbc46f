using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Generation;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Steps;

/// <summary>The answer to <c>prompts/hard-negative.md</c>.</summary>
public sealed record HardNegative(string Temptation, string Gap, string Title, string Text);

/// <summary>Hard negatives: written ones, each in a turn that sees query and positive only, and mined ones after them.</summary>
static class NegativeStep
{
    const string Written = "writtenNegatives";
    const string Mined = "hardNegatives";

    public static async Task AddAsync(RecipeDesk desk, Draft draft, ItemJournal journal, CancellationToken cancellation)
    {
        if (desk.Spec.WrittenNegatives is { } settings)
            await WriteAsync(desk, draft, settings, journal, cancellation);
        if (desk.Miner is { } miner && draft.Seed is not null)
            await MineAsync(miner, draft, journal, cancellation);
    }

    static async Task WriteAsync(RecipeDesk desk, Draft draft, WrittenNegativeSettings settings, ItemJournal journal, CancellationToken cancellation)
    {
        var positive = desk.Cut(draft.Positives[0].Passage.Text);
        var titles = new List<string>();
        for (var i = 0; i < settings.PerQuery; i++)
            try
            {
                var answer = await desk.Writer.AskAsync<HardNegative>(PromptFiles.HardNegative, new Dictionary<string, string>
                {
                    ["query"] = draft.Query,
                    ["positive"] = positive,
                    ["earlier"] = titles.Count == 0 ? "" : "Choose another temptation than in these earlier texts: " + string.Join("; ", titles) + ".",
                }, (found, _) => Failure(found.Text, positive, settings), desk.Spec.Seed, 2500, settings.Attempts, cancellation);
                journal.Again(Written, answer.Failures);
                journal.Value("attempts.writtenNegatives", answer.Attempts);
                journal.Value("words.negative", Words.Count(answer.Value.Text));
                titles.Add(answer.Value.Title);
                draft.Negatives.Add(new(new Passage($"{answer.Value.Title.Trim()} {answer.Value.Text.Trim()}"), new PassageFacts("written", Attempts: answer.Attempts, Gap: answer.Value.Gap)));
                draft.By(PromptFiles.HardNegative);
            }
            catch (NoAnswerException error)
            {
                // A query without one is worth keeping.
                journal.Again(Written, error.Failures.SkipLast(1));
                journal.Drop(Written, error.Failures[^1].Reason, error.Message);
            }
    }

    static CheckFailure? Failure(string text, string positive, WrittenNegativeSettings settings)
    {
        var words = Words.Count(text);
        if (words < settings.LeastWords)
            return new("negative too short", $"the text has {words} words; at least 300 are wanted");
        return Words.SharedRun(text, positive, settings.CopiedWords) is { } run ? new("negative copies the positive", $"the text copies \"{run}\" from the helpful text") : null;
    }

    static async Task MineAsync(Negatives.CorpusMiner miner, Draft draft, ItemJournal journal, CancellationToken cancellation)
    {
        var bare = new GeneratedExample(draft.Query, draft.Positives[0].Passage, [], "", draft.Seed!.ExternalId);
        var made = (await miner.AddAsync([new GeneratedItem(draft.Item, [bare])], cancellation))[0].Examples[0];
        var (mined, places) = (made.Negatives, ExperimentsJson.Read<ExampleMetadata>(made.Metadata!).Difficulty!.Negatives);
        foreach (var (passage, place) in mined.Zip(places))
            if (draft.Positives.Any(positive => positive.Passage.DocumentId == passage.DocumentId || positive.Passage.Text == passage.Text))
                journal.Drop(Mined, "is a positive", passage.Text);
            else
                draft.Negatives.Add(new(passage, new PassageFacts("mined", DenseRank: place.DenseRank, DenseScore: place.DenseScore)));
        if (mined.Count == 0)
            journal.Drop(Mined, "none in the window passes the guard", draft.Query);
    }
}

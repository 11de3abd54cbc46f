using System.Globalization;
using System.Text;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Runs;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Retrieval.Questions;
using ReasonIR.Synthesis.Llm;

namespace ReasonIR.Synthesis.Rag;

/// <summary>Asks questions with and without passages. The letters chosen so far are the checkpoint; answers paid for are in the cache.</summary>
public sealed class RagHandler(ChatModel model, Purses purses, PassageSource passages, BatchedQuestions batched, ArtifactStore artifacts) : IRunHandler
{
    const int Batch = 32;

    public string Kind => RunKinds.Rag;

    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<RagSpec>();
        RunSpecs.ThrowIfInvalid(Kind, spec);
        var all = await QuestionFiles.ReadAsync(FileOf(spec), spec.Seed, cancellation);
        var hash = QuestionFiles.Hash(all);
        var questions = Chosen(spec, all);
        var examples = all.Where(question => question.Split == "dev").GroupBy(question => question.Subject).ToDictionary(group => group.Key, group => group.Take(spec.Shots).ToList());
        if (spec.Shots > 0 && questions.Find(question => !examples.TryGetValue(question.Subject, out var known) || known.Count < spec.Shots) is { } lacking)
            throw new ArgumentException($"shots: the subject '{lacking.Subject}' has no {spec.Shots} questions of the split 'dev'; expected fewer shots.");
        var budget = await purses.OpenAsync(run.RunId, (decimal?)spec.MaxCost, cancellation, spec.Batch);
        var desk = new QuestionDesk(run, spec, model, passages, examples, budget);
        var done = run.Checkpoint<RagProgress>() is { } before && before.QuestionsHash == hash ? before.Answers.ToArray() : [.. spec.Arms.Select(_ => "")];
        string? note = null;
        try
        {
            if (spec.Batch)
                await batched.AnswerAsync(run, spec, desk, questions, hash, done, cancellation);
            for (var at = done.Min(answers => answers.Length); at < questions.Count; at = done.Min(answers => answers.Length))
                foreach (var (i, arm) in spec.Arms.Index())
                {
                    // All arms of some questions before the next ones: a run that is stopped has compared what it has asked.
                    var asked = questions.Skip(done[i].Length).Take(Math.Max(0, at + Batch - done[i].Length)).ToList();
                    done[i] += await AskAsync(desk, arm, asked, cancellation);
                    await run.SaveCheckpointAsync(new RagProgress(hash, done), cancellation: cancellation);
                    await run.ReportProgressAsync(done.Sum(answers => answers.Length) / (double)(questions.Count * done.Length), $"{done.Min(answers => answers.Length):N0} of {questions.Count:N0} questions");
                    await run.MetricAsync($"accuracy/{arm.Name}", done[i].Length, RagScores.Of([arm], questions, [done[i]])[0].Score.Accuracy);
                }
        }
        catch (CostCapException e)
        {
            note = e.Message;
            await run.LogAsync(RunLogLevel.Warning, $"Stopped early. {e.Message} A run with a higher cap goes on without paying again.");
        }
        if (done.All(answers => answers.Length == 0))
            throw new InvalidOperationException($"No question was answered: {note}");
        var arms = RagScores.Of(spec.Arms, questions, done);
        foreach (var arm in arms)
            await run.LogAsync(Line(arm));
        await run.LogAsync($"Each arm's letters stand in {await WriteAnswersAsync(run, spec, questions, done, cancellation)} in the artifact store.");
        // By the ledger: batches may have brought answers while nobody waited for them.
        var spent = (await purses.OpenAsync(run.RunId, spec.MaxCost, cancellation)).Spent;
        await run.SetOutputAsync(new RagOutput(
            spec.Name, done.Min(answers => answers.Length), hash, model.Settings.Model ?? "", PromptFiles.AnswerQuestion.Hash, arms,
            new(spent.Calls, budget.Cached, spent.InputTokens, spent.OutputTokens, spent.Cost), note), cancellation);
    }

    /// <summary>The letters of some questions, as many at a time as the endpoint takes.</summary>
    async Task<string> AskAsync(QuestionDesk desk, RagArm arm, IReadOnlyList<Question> questions, CancellationToken cancellation)
    {
        var letters = new char[questions.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, questions.Count), new ParallelOptions { MaxDegreeOfParallelism = model.Settings.Concurrency, CancellationToken = cancellation }, async (i, token) =>
            // Not the loop's token: where another question fails, this one's answer is paid for and kept.
            letters[i] = await desk.AskAsync(arm, questions[i], await desk.FindAsync(arm, questions[i], token), cancellation));
        return new(letters);
    }

    string FileOf(RagSpec spec)
    {
        var folder = artifacts.Resolve($"uploads/{spec.UploadId}");
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
        return files.Length == 1 ? files[0] : throw new ArgumentException($"uploadId: expected an upload of one file (.zip, .csv or .jsonl), found {files.Length}.");
    }

    static List<Question> Chosen(RagSpec spec, IReadOnlyList<Question> all)
    {
        var unknown = (spec.Subjects ?? []).Except(all.Select(question => question.Subject)).ToList();
        if (unknown.Count > 0)
            throw new ArgumentException($"subjects: the questions have no subject '{unknown[0]}'; they have {string.Join(", ", all.Select(question => question.Subject).Distinct().Take(60))}.");
        var chosen = all.Where(question => question.Split == spec.Split && spec.Subjects?.Contains(question.Subject) != false)
            .GroupBy(question => question.Subject).SelectMany(group => group.Take(spec.PerSubject ?? int.MaxValue)).ToList();
        return chosen.Count > 0 ? chosen : throw new ArgumentException($"split: there are no questions of the split '{spec.Split}'.");
    }

    static string Line(RagArmResult arm) => string.Create(CultureInfo.InvariantCulture,
        $"{arm.Name}: accuracy {arm.Score.Accuracy:0.0000} [{arm.Score.Low:0.0000}, {arm.Score.High:0.0000}] over {arm.Score.Questions} questions, {arm.Score.Unparsable} without an answer")
        + (arm.Against is { } test ? string.Create(CultureInfo.InvariantCulture, $"; against {test.Arm}: {test.Gained} gained, {test.Lost} lost, p {test.PValue:0.0000}.") : ".");

    async Task<string> WriteAnswersAsync(RunContext run, RagSpec spec, IReadOnlyList<Question> questions, IReadOnlyList<string> answers, CancellationToken cancellation)
    {
        var lines = new StringBuilder("question\tsubject\tright");
        foreach (var arm in spec.Arms)
            lines.Append('\t').Append(arm.Name);
        lines.Append('\n');
        for (var i = 0; i < answers.Min(one => one.Length); i++)
            lines.Append(questions[i].Id.ReplaceLineEndings(" ").Replace('\t', ' ')).Append('\t').Append(questions[i].Subject).Append('\t').Append(Question.Letter(questions[i].Answer))
                .Append('\t').AppendJoin('\t', answers.Select(one => one[i])).Append('\n');
        var file = run.AttemptFile("answers.tsv");
        await File.WriteAllTextAsync(file, lines.ToString(), cancellation);
        return (await artifacts.CommitFileAsync(file, $"rag/{run.RunId}/answers.tsv", "answers", run, cancellation)).Path;
    }
}

/// <summary>The letters chosen so far.</summary>
/// <param name="QuestionsHash">Of the set they belong to.</param>
/// <param name="Answers">[arm].</param>
/// <param name="Passages">For batches: the file in the run's work folder that keeps what was found.</param>
public sealed record RagProgress(string QuestionsHash, IReadOnlyList<string> Answers, string? Passages = null);

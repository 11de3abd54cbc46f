using System.Runtime.CompilerServices;
using System.Text.Json;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments.Pipelines;
using ReasonIR.Experiments.Runs;
using ReasonIR.Language.Spending;
using ReasonIR.Retrieval.Questions;
using ReasonIR.Synthesis.Llm;

namespace ReasonIR.Synthesis.Rag;

/// <summary>
/// All questions of a run to all its arms at once, for batches. The passages are kept before anything is asked: a search engine that answers otherwise
/// the second time would have a run that goes on ask, and pay, anew.
/// </summary>
public sealed class BatchedQuestions(InFlight inFlight, PipelineStore pipelines)
{
    /// <summary>Passages looked up at a time.</summary>
    const int Lookups = 8;

    /// <summary>Lookups between two reports.</summary>
    const int ReportEvery = 256;

    /// <param name="hash">Of the question set.</param>
    /// <param name="done">[arm]: the letters so far; filled up to the first question that was not asked.</param>
    /// <exception cref="CostCapException">A cap left no room for the rest.</exception>
    internal async Task AnswerAsync(RunContext run, RagSpec spec, QuestionDesk desk, IReadOnlyList<Question> questions, string hash, string[] done, CancellationToken cancellation)
    {
        await RefuseLiveAsync(spec, cancellation);
        var file = run.Checkpoint<RagProgress>() is { } before && before.QuestionsHash == hash ? before.Passages : null;
        if (file is null || !File.Exists(Path.Combine(run.WorkFolder, file)))
        {
            (file, _) = await StageFile.WriteAsync(run.WorkFolder, FindAsync(run, spec, desk, questions, cancellation), cancellation);
            await run.SaveCheckpointAsync(new RagProgress(hash, done, file), cancellation: cancellation);
        }
        var letters = spec.Arms.Select(_ => new char[questions.Count]).ToArray();
        var (asked, total) = (0, questions.Count * spec.Arms.Count);
        try
        {
            await inFlight.ForEachAsync(LinesAsync(run, file, cancellation), line => line.Text.Length, async line =>
            {
                var (question, arm) = (line.Number / spec.Arms.Count, line.Number % spec.Arms.Count);
                letters[arm][question] = await desk.AskAsync(spec.Arms[arm], questions[question], JsonSerializer.Deserialize<List<string>>(line.Text, ReasonIrJson.Web)!, cancellation);
                await run.ReportProgressAsync(Interlocked.Increment(ref asked) / (double)total, $"{asked:N0} of {total:N0} answers");
            }, cancellation);
        }
        finally
        {
            foreach (var (arm, own) in letters.Index())
                done[arm] = new(own.TakeWhile(letter => letter != '\0').ToArray());
        }
    }

    /// <summary>Arms that ask the model to find passages.</summary>
    async Task RefuseLiveAsync(RagSpec spec, CancellationToken cancellation)
    {
        foreach (var (i, arm) in spec.Arms.Index())
            if (arm.System?.Pipeline is { } named && PipelineReference.Parse(named) is var (name, version) && await pipelines.FindAsync(name, version, cancellation) is { } found
                && PipelineSpecs.Parse(found.Spec).AsksModel)
                throw new ArgumentException(RagSpec.LiveProblem(i));
    }

    /// <summary>A line of passages for each question and arm, question by question.</summary>
    static async IAsyncEnumerable<string> FindAsync(RunContext run, RagSpec spec, QuestionDesk desk, IReadOnlyList<Question> questions, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var found = 0;
        foreach (var some in questions.SelectMany(question => spec.Arms.Select(arm => (question, arm))).Chunk(Lookups))
        {
            foreach (var passages in await Task.WhenAll(some.Select(one => desk.FindAsync(one.arm, one.question, cancellation))))
                yield return JsonSerializer.Serialize(passages, ReasonIrJson.Web);
            if ((found += some.Length) % ReportEvery < Lookups)
                await run.ReportProgressAsync(null, $"passages of {found / spec.Arms.Count:N0} of {questions.Count:N0} questions");
        }
    }

    static async IAsyncEnumerable<(int Number, string Text)> LinesAsync(RunContext run, string file, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var lines = StageFile.Open(run.WorkFolder, file);
        for (var number = 0; await lines.ReadLineAsync(cancellation) is { } line; number++)
            yield return (number, line);
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Steps;

/// <summary>The answer to <c>prompts/varied-length.md</c>.</summary>
public sealed record VariedLengthExample(string Subject, string Query, string Title, string Document);

/// <summary>For a task, a query and a text that helps are written, each of a drawn least length.</summary>
static class VariedLengthStep
{
    const string Step = "variedLength";

    /// <param name="number">The example's number among those of varied length, from 0.</param>
    /// <exception cref="NoAnswerException">No attempt gave texts that pass.</exception>
    public static async Task<IReadOnlyList<Draft>> WriteAsync(RecipeDesk desk, int item, int number, ItemJournal journal, CancellationToken cancellation)
    {
        var settings = desk.Spec.VariedLength!;
        var task = desk.Tasks[number % desk.Tasks.Count];
        var drawn = Draws(desk.Spec.Seed, number, settings);
        var answer = await desk.Writer.AskAsync<VariedLengthExample>(PromptFiles.VariedLength, new Dictionary<string, string>
        {
            ["task"] = task,
            ["number"] = (number / desk.Tasks.Count + 1).ToString(CultureInfo.InvariantCulture),
            ["letters"] = drawn.Letters,
            ["query_words"] = drawn.Query.ToString(CultureInfo.InvariantCulture),
            ["document_words"] = drawn.Document.ToString(CultureInfo.InvariantCulture),
        }, (found, _) => Failure(found, drawn, settings.Tolerance), unchecked(desk.Spec.Seed + number), 1000 + 3 * (drawn.Query + drawn.Document), settings.Attempts, cancellation);
        var found = answer.Value;
        journal.Again(Step, answer.Failures);
        journal.Value("attempts.variedLength", answer.Attempts);
        journal.Keep(Step);
        journal.Value("words.query", Words.Count(found.Query));
        var draft = new Draft("varied-length", item, found.Query.Trim())
        {
            Instruction = task, Attempts = answer.Attempts, Link = found.Subject, LeastWords = [drawn.Query, drawn.Document],
            Positives = [new(new Passage($"{found.Title.Trim()} {found.Document.Trim()}"), new PassageFacts("written", Attempts: answer.Attempts))],
        };
        draft.By(PromptFiles.VariedLength);
        draft.By(PromptFiles.BrainstormTasks);
        return [draft];
    }

    static CheckFailure? Failure(VariedLengthExample answer, (int Query, int Document, string Letters) drawn, double tolerance)
    {
        if (Words.Count(answer.Query) is var query && query < drawn.Query * (1 - tolerance))
            return new("query too short", $"the query has {query} words; at least {drawn.Query} are wanted");
        if (Words.Count(answer.Document) is var document && document < drawn.Document * (1 - tolerance))
            return new("document too short", $"the document has {document} words; at least {drawn.Document} are wanted");
        return Words.SharedRun(answer.Query, answer.Document, 12) is { } run ? new("query copies the document", $"query and document share \"{run}\"") : null;
    }

    /// <summary>The least lengths of query and document, evenly from the range, and three letters that lead the model to another subject each time.</summary>
    internal static (int Query, int Document, string Letters) Draws(int seed, int number, VariedLengthSettings settings)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\nvaried-length\n{number}"));
        var range = settings.MostWords - settings.LeastWords + 1;
        int Words(int at) => settings.LeastWords + (int)((ulong)range * BinaryPrimitives.ReadUInt32LittleEndian(hash.AsSpan(at)) >> 32);
        return (Words(0), Words(4), string.Join(", ", hash.AsSpan(8, 3).ToArray().Select(value => (char)('A' + value % 26)).Distinct()));
    }
}

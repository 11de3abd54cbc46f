using System.Globalization;
using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Generation;
using ReasonIR.Synthesis.Llm;

namespace ReasonIR.Synthesis.Steps;

/// <summary>The answer to <c>prompts/hard-query.md</c>.</summary>
public sealed record HardQueries(string Field, IReadOnlyList<string> Ideas, IReadOnlyList<string> Situations, IReadOnlyList<HardQuery> Queries);

/// <param name="Link">The steps from the query to the document.</param>
public sealed record HardQuery(string Link, string Query);

/// <summary>A seed document is brainstormed about, then queries are written that take reasoning to lead to it.</summary>
static class HardQueryStep
{
    const string Step = "queries";

    /// <summary>A draft for each query, the seed its positive.</summary>
    /// <exception cref="NoAnswerException">No attempt gave a query that passes.</exception>
    public static async Task<IReadOnlyList<Draft>> WriteAsync(RecipeDesk desk, int item, Document document, ItemJournal journal, CancellationToken cancellation)
    {
        var settings = desk.Spec.Queries!;
        var text = desk.Cut(document.Text);
        var answer = await desk.Writer.AskAsync<HardQueries>(PromptFiles.HardQuery, new Dictionary<string, string>
        {
            ["count"] = settings.PerDocument.ToString(CultureInfo.InvariantCulture),
            ["title"] = document.Title.Length > 0 ? document.Title : "(none)",
            ["document"] = text,
        }, (found, last) => Failure(found, text, settings, last), desk.Spec.Seed, 1500 + 600 * settings.PerDocument, settings.Attempts, cancellation);
        journal.Again(Step, answer.Failures);
        journal.Value("attempts.queries", answer.Attempts);
        return [.. Good(answer.Value, text, settings, settings.PerDocument).Select(query =>
        {
            journal.Keep(Step);
            journal.Value("words.query", Seeds.Words.Count(query.Query));
            var draft = new Draft("hard-query", item, query.Query.Trim())
            {
                Seed = document, Attempts = answer.Attempts, Field = answer.Value.Field, Link = query.Link, Positives = [new(Passages.Of(document), new PassageFacts("seed"))],
            };
            draft.By(PromptFiles.HardQuery);
            return draft;
        })];
    }

    static CheckFailure? Failure(HardQueries answer, string document, HardQuerySettings settings, bool last)
    {
        // The last attempt may give fewer.
        var wanted = last ? 1 : settings.PerDocument;
        if (Good(answer, document, settings, wanted).Count >= wanted)
            return null;
        return answer.Queries.Select(query => QueryChecks.Failure(query.Query, document, settings)).FirstOrDefault(failure => failure is not null)
            ?? new("too few queries", $"there are only {answer.Queries.Count} different queries; {wanted} are wanted");
    }

    static IReadOnlyList<HardQuery> Good(HardQueries answer, string document, HardQuerySettings settings, int count) =>
        [.. answer.Queries.Where(query => QueryChecks.Failure(query.Query, document, settings) is null).DistinctBy(query => query.Query.Trim()).Take(count)];
}

using System.Globalization;
using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Language.Structured;
using ReasonIR.Synthesis.Generation;

namespace ReasonIR.Synthesis.Llm;

/// <summary>The conversations about one document.</summary>
sealed class DocumentPrompts(Attempts attempts, ChatSettings chat, GenerationJob job, RunBudget budget)
{
    /// <summary>Longer documents are cut in the prompt: about 6,000 tokens of English.</summary>
    const int MostCharacters = 24_000;

    readonly LlmSettings settings = job.Spec.Llm ?? new LlmSettings();

    public async Task<IReadOnlyList<GeneratedExample>> ExamplesAsync(Document document, CancellationToken cancellation)
    {
        var text = document.Text.Length <= MostCharacters ? document.Text : document.Text[..MostCharacters];
        var count = settings.QueriesPerDocument ?? 1;
        var brainstorm = await attempts.AskAsync<HardQueries>(PromptFiles.HardQuery, new Dictionary<string, string>
        {
            ["count"] = count.ToString(CultureInfo.InvariantCulture),
            ["title"] = document.Title.Length > 0 ? document.Title : "(none)",
            ["document"] = text,
        }, (answer, last) => Problem(answer, text, last ? 1 : count), Sampling(1500 + 600 * count), Purpose("hard-query", PromptFiles.HardQuery.Hash), budget, cancellation);
        var examples = new List<GeneratedExample>();
        foreach (var query in brainstorm.Good(text, count))
            examples.Add(await ExampleAsync(document, text, brainstorm, query, cancellation));
        return examples;
    }

    async Task<GeneratedExample> ExampleAsync(Document document, string text, HardQueries brainstorm, HardQuery query, CancellationToken cancellation)
    {
        var negatives = new List<HardNegative>();
        for (var i = 0; i < (settings.NegativesPerQuery ?? 1); i++)
            if (await NegativeAsync(document, text, query, negatives, cancellation) is { } negative)
                negatives.Add(negative);
        return new GeneratedExample(
            query.Query.Trim(), Passages.Of(document), [.. negatives.Select(negative => new Passage($"{negative.Title.Trim()} {negative.Text.Trim()}"))],
            $"llm/{chat.Model}", document.ExternalId, PromptFiles.HardQuery.Hash, JsonSerializer.Serialize(new
            {
                brainstorm.Field,
                query.Link,
                NegativePrompt = PromptFiles.HardNegative.Hash,
                Gaps = negatives.Select(negative => negative.Gap),
            }, JsonSerializerOptions.Web));
    }

    /// <summary>Null where the model gave none that can be used: a query without one is worth keeping.</summary>
    async Task<HardNegative?> NegativeAsync(Document document, string text, HardQuery query, IReadOnlyList<HardNegative> earlier, CancellationToken cancellation)
    {
        try
        {
            return await attempts.AskAsync<HardNegative>(PromptFiles.HardNegative, new Dictionary<string, string>
            {
                ["query"] = query.Query.Trim(),
                ["positive"] = text,
                ["earlier"] = earlier.Count == 0 ? "" : "Choose another temptation than in these earlier texts: " + string.Join("; ", earlier.Select(one => one.Title)) + ".",
            }, (answer, _) => NegativeChecks.Problem(answer.Text, text), Sampling(2500), Purpose("hard-negative", PromptFiles.HardNegative.Hash), budget, cancellation);
        }
        catch (UnusableAnswerException error)
        {
            await job.Tally.WarnAsync(job.Run, $"Document {document.ExternalId}: a query has no hard negative after {Attempts.Most} attempts: {error.Message}");
            return null;
        }
    }

    static string? Problem(HardQueries answer, string document, int wanted)
    {
        if (answer.Good(document, wanted).Count >= wanted)
            return null;
        return answer.Queries.Select(query => QueryChecks.Problem(query.Query, document)).FirstOrDefault(problem => problem is not null)
            ?? $"there are only {answer.Queries.Count} different queries; {wanted} are wanted";
    }

    Sampling Sampling(int maxOutputTokens) => new(settings.Temperature, job.Spec.Seed, maxOutputTokens);

    CallPurpose Purpose(string purpose, string promptHash) => new(job.Run.RunId.ToString(CultureInfo.InvariantCulture), purpose, promptHash);
}

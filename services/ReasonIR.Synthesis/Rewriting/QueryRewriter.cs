using System.Globalization;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Language.Chat;
using ReasonIR.Synthesis.Llm;

namespace ReasonIR.Synthesis.Rewriting;

/// <summary>Rewrites queries: the essential problem, what would help, a draft of the answer (arXiv 2504.20595, section 4).</summary>
public sealed class QueryRewriter(ChatModel model, Purses purses)
{
    public async Task<RewriteAnswer> RewriteAsync(RewriteRequest request, CancellationToken cancellation)
    {
        var budget = await purses.OpenAsync(request.RunId, request.Settings.MaxCost, cancellation);
        var before = budget.Spent;
        var answer = await RewriteAsync(request, new ModelAccount(model, budget, request.RunId), cancellation);
        return answer with { Use = purses.Use(budget, before, answer.Use.PromptHash) };
    }

    /// <summary>The same on an account that is open; what it took is the account's to say.</summary>
    internal static async Task<RewriteAnswer> RewriteAsync(RewriteRequest request, ModelAccount account, CancellationToken cancellation)
    {
        var settings = request.Settings;
        var rewrites = request.Queries.Select(_ => new string[settings.Samples]).ToArray();
        var (cutOff, unusable) = (0, 0);
        var again = request.Queries.Any(query => query.Passages is { Count: > 0 });
        var prompt = again ? PromptFiles.RewriteAgain : PromptFiles.Rewrite;
        var calls = request.Queries.Count * settings.Samples;
        var work = from query in Enumerable.Range(0, request.Queries.Count) from sample in Enumerable.Range(0, settings.Samples) select (query, sample);
        await Parallel.ForEachAsync(work, new ParallelOptions { MaxDegreeOfParallelism = account.AtOnce(calls), CancellationToken = cancellation }, async (item, _) =>
        {
            var query = request.Queries[item.query];
            // A query on several lines is one paragraph to the model, as in the paper.
            var inputs = new Dictionary<string, string>
            {
                ["query"] = query.Text.ReplaceLineEndings(" ").Trim(),
                ["length"] = $"Use about {settings.Tokens.ToString(CultureInfo.InvariantCulture)} tokens in all, and not more.",
            };
            if (again)
                inputs["passages"] = Passages(query.Passages ?? [], settings.PassageCharacters);
            // Not the loop's token: where another query fails, this one's answer is paid for and kept.
            var answer = await account.AskAsync(
                new ChatRequest(prompt.Render(inputs), settings.Tokens, Temperature: settings.Temperature, Seed: settings.Seed + item.sample, TopP: settings.TopP), prompt, cancellation);
            var text = Said(answer);
            if (text.Length == 0)
                Interlocked.Increment(ref unusable);
            else if (answer.CutOff)
                Interlocked.Increment(ref cutOff);
            rewrites[item.query][item.sample] = text.Length == 0 ? query.Text : text;
        });
        return new(rewrites, cutOff, unusable, ModelUse.Nothing(prompt.Hash));
    }

    /// <summary>The answer without the thoughts of a reasoning model; empty where there is nothing to use.</summary>
    internal static string Said(ChatAnswer answer)
    {
        if (answer.Refusal is { Length: > 0 } || answer.FinishReason == "content_filter")
            return "";
        var end = answer.Text.LastIndexOf("</think>", StringComparison.OrdinalIgnoreCase);
        if (end >= 0)
            return answer.Text[(end + "</think>".Length)..].Trim();
        // Thoughts that were cut off are no answer.
        return answer.Text.TrimStart().StartsWith("<think>", StringComparison.OrdinalIgnoreCase) ? "" : answer.Text.Trim();
    }

    static string Passages(IReadOnlyList<string> passages, int characters) =>
        string.Join("\n\n", passages.Select((passage, i) => $"[{i + 1}] {TextBeginnings.Of(passage, characters)}"));
}

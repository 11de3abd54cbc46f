using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Language;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;

namespace ReasonIR.Synthesis.Llm;

/// <summary>Cache and ledger of answers in <c>llm_calls</c>: one row holds the answer and its cost.</summary>
public sealed class PostgresAnswers(IDbContextFactory<ExperimentsDb> contexts) : IAnswerCache, ICallLedger
{
    public async Task<CachedAnswer?> FindAsync(string hash, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var call = await db.LlmCalls.AsNoTracking().SingleOrDefaultAsync(call => call.RequestHash == hash, cancellation);
        return call is null
            ? null
            : new CachedAnswer(new ChatAnswer(
                call.Response, call.FinishReason, call.Refusal,
                new TokenUsage(call.PromptTokens, call.CompletionTokens, call.UsageEstimated, call.ReasoningTokens, call.CachedTokens), call.Reasoning), call.Cost);
    }

    public async Task<ChatAnswer> StoreAsync(PaidCall call, CancellationToken cancellation)
    {
        if (await TryAddAsync(call, call.Hash, cancellation))
            return call.Answer;
        // A second answer: its cost counts, under a name that no request has.
        await TryAddAsync(call, $"{call.Hash}:{Guid.CreateVersion7():N}", cancellation);
        return (await FindAsync(call.Hash, cancellation))?.Answer ?? call.Answer;
    }

    async Task<bool> TryAddAsync(PaidCall call, string hash, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        db.LlmCalls.Add(new LlmCall
        {
            RunId = call.Purpose.Run is { } run ? long.Parse(run, CultureInfo.InvariantCulture) : null,
            Purpose = call.Purpose.Purpose,
            Endpoint = call.Endpoint,
            Model = call.Model,
            Batch = call.Batch,
            RequestHash = hash,
            PromptHash = call.Purpose.PromptHash ?? "",
            Response = PostgresText.Clean(call.Answer.Text),
            FinishReason = call.Answer.FinishReason,
            Refusal = PostgresText.Clean(call.Answer.Refusal),
            PromptTokens = call.Answer.Usage.Input,
            CompletionTokens = call.Answer.Usage.Output,
            Reasoning = PostgresText.Clean(call.Answer.Reasoning),
            ReasoningTokens = call.Answer.Usage.Reasoning,
            CachedTokens = call.Answer.Usage.CachedInput,
            UsageEstimated = call.Answer.Usage.Estimated,
            Cost = call.Cost,
            Milliseconds = (int)Math.Min(call.Duration.TotalMilliseconds, int.MaxValue),
            CreatedAt = call.AnsweredAt,
        });
        try
        {
            await db.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateException error) when (error.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return false;
        }
    }

    public async Task<Spent> SpentAsync(string run, CancellationToken cancellation)
    {
        var id = long.Parse(run, CultureInfo.InvariantCulture);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var spent = await db.LlmCalls.Where(call => call.RunId == id).GroupBy(call => 1).Select(calls => new
        {
            Calls = calls.Count(),
            Input = calls.Sum(call => (long)call.PromptTokens),
            Output = calls.Sum(call => (long)call.CompletionTokens),
            Cost = calls.Sum(call => call.Cost),
        }).SingleOrDefaultAsync(cancellation);
        return spent is null ? Spent.Nothing : new Spent(spent.Calls, spent.Input, spent.Output, spent.Cost);
    }
}

using System.Globalization;
using System.Runtime.ExceptionServices;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;

namespace ReasonIR.Synthesis.Llm;

/// <summary>
/// Cache and ledger of answers in <c>llm_calls</c>: one row holds the answer and its cost. What many calls in flight look for and keep
/// shares round trips and commits; an answer is handed out when its row is committed.
/// </summary>
public sealed class PostgresAnswers : IAnswerCache, ICallLedger
{
    /// <summary>Calls take a hundred times as long; several of them in flight then share a round trip.</summary>
    static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(15);

    const int LargestGroup = 64;

    readonly IDbContextFactory<ExperimentsDb> contexts;
    readonly AnswerRows rows;
    readonly Gathering<string, CachedAnswer?> looked;
    readonly Gathering<PaidCall, Kept> kept;

    public PostgresAnswers(IDbContextFactory<ExperimentsDb> contexts, Npgsql.NpgsqlDataSource database)
    {
        this.contexts = contexts;
        rows = new AnswerRows(database);
        looked = new(rows.FindAsync, Apart, LargestGroup);
        kept = new(KeepAsync, Apart, LargestGroup);
    }

    public Task<CachedAnswer?> FindAsync(string hash, CancellationToken cancellation) => looked.AskAsync(hash).WaitAsync(cancellation);

    public async Task<ChatAnswer> StoreAsync(PaidCall call, CancellationToken cancellation)
    {
        if (await AddAsync(call, cancellation))
            return call.Answer;
        // A second answer: its cost counts, under a name that no request has.
        await AddAsync(call with { Hash = $"{call.Hash}:{Guid.CreateVersion7():N}" }, cancellation);
        return (await FindAsync(call.Hash, cancellation))?.Answer ?? call.Answer;
    }

    async Task<bool> AddAsync(PaidCall call, CancellationToken cancellation)
    {
        var (added, error) = await kept.AskAsync(call).WaitAsync(cancellation);
        if (error is not null)
            ExceptionDispatchInfo.Throw(error);
        return added;
    }

    async Task<IReadOnlyList<Kept>> KeepAsync(IReadOnlyList<PaidCall> calls)
    {
        // The answers of one question must not meet in one statement: the first is added.
        var added = await rows.AddAsync([.. calls.DistinctBy(call => call.Hash)]);
        return [.. calls.Select(call => added.Remove(call.Hash, out var error) ? new Kept(error is null, error) : new Kept(false, null))];
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

    /// <param name="Added">False: the hash has an answer.</param>
    /// <param name="Error">Why it could not be kept.</param>
    sealed record Kept(bool Added, Exception? Error);
}

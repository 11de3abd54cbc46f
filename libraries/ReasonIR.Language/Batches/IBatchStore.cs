using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Batches;

/// <param name="Hash">The request's <see cref="RequestHash"/>; the line's <c>custom_id</c>.</param>
public sealed record BatchLine(string Hash, CallPurpose Purpose);

/// <summary>A batch that was begun and has not ended.</summary>
/// <param name="Token">Stands in the batch's metadata at the server.</param>
/// <param name="BatchId">The server's id; null: it is not known whether the server has the batch.</param>
public sealed record OpenBatch(long Id, string Token, string? BatchId, IReadOnlyList<BatchLine> Lines);

/// <summary>A line without an answer.</summary>
/// <param name="Status">Its HTTP status; 0: none, such as a line of a batch that expired.</param>
public sealed record FailedLine(string Hash, int Status, string Error);

/// <summary>
/// The batches of all processes. A request waits in one batch at most; a batch is looked after by the process that holds its lease. The
/// answers stand in the <see cref="Spending.IAnswerCache"/>.
/// </summary>
public interface IBatchStore
{
    /// <summary>Writes a batch down before it is sent, leased to the caller, with those of its lines that wait in no other one.</summary>
    /// <returns>Null: all of them wait elsewhere.</returns>
    Task<OpenBatch?> AddAsync(ChatSettings endpoint, string token, IReadOnlyList<BatchLine> lines, TimeSpan lease, CancellationToken cancellation);

    Task SetSubmittedAsync(long id, string batchId, CancellationToken cancellation);

    /// <summary>The server never had it: its requests may be asked again.</summary>
    Task DropAsync(long id, CancellationToken cancellation);

    /// <summary>Leases the endpoint's open batches that nobody looks after.</summary>
    Task<IReadOnlyList<OpenBatch>> AdoptAsync(ChatSettings endpoint, TimeSpan lease, CancellationToken cancellation);

    /// <returns>False: another process took it.</returns>
    Task<bool> RenewAsync(long id, string serverState, TimeSpan lease, CancellationToken cancellation);

    /// <summary>Every line that did not fail has its answer in the cache.</summary>
    Task EndAsync(long id, string serverState, string? error, IReadOnlyList<FailedLine> failed, CancellationToken cancellation);

    /// <summary>Lets others look after them at once.</summary>
    Task ReleaseAsync(IReadOnlyList<long> ids, CancellationToken cancellation);

    /// <summary>Those of the requests that wait in an open batch of any process.</summary>
    Task<IReadOnlySet<string>> WaitingAsync(IReadOnlyList<string> hashes, CancellationToken cancellation);

    /// <summary>Whether the endpoint has open batches, whoever looks after them.</summary>
    Task<bool> AnyOpenAsync(ChatSettings endpoint, CancellationToken cancellation);
}

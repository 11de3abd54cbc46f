using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Encoder.Serving;

/// <summary>
/// The registered models by name, as the database has them. A row that was read is kept for two seconds, or until a run ends anywhere
/// (only runs register models), or until somebody says that it changed. Thread-safe.
/// </summary>
public sealed class ModelCatalog : IDisposable
{
    readonly IDbContextFactory<ExperimentsDb> databases;
    readonly string? defaultModel;
    static readonly TimeSpan Kept = TimeSpan.FromSeconds(2);

    readonly ConcurrentDictionary<string, (Model Row, long At)> rows = new(StringComparer.Ordinal);
    readonly IDisposable subscription;
    int changes;

    public ModelCatalog(IDbContextFactory<ExperimentsDb> databases, RunEvents events, IOptions<ServingOptions> options)
    {
        (this.databases, defaultModel) = (databases, options.Value.DefaultModel);
        subscription = events.Subscribe(change =>
        {
            if (change.Change == RunChange.Resync || change is { Change: RunChange.State, State: RunState.Succeeded or RunState.Failed or RunState.Canceled })
                Forget();
        });
    }

    /// <summary>The model of that name; the default one where none is named.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message says which.</exception>
    public async Task<Model> FindAsync(string? name, CancellationToken cancellation)
    {
        name = string.IsNullOrEmpty(name) ? await DefaultAsync(cancellation) : name;
        if (!SpecChecks.NamePattern().IsMatch(name))
            throw new KeyNotFoundException($"There is no model '{name[..Math.Min(name.Length, 100)]}'.");
        if (rows.TryGetValue(name, out var known) && Stopwatch.GetElapsedTime(known.At) < Kept)
            return known.Row;
        var before = Volatile.Read(ref changes);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var row = await db.Models.AsNoTracking().SingleOrDefaultAsync(model => model.Name == name, cancellation) ?? throw new KeyNotFoundException($"There is no model '{name}'.");
        rows[name] = (row, Stopwatch.GetTimestamp());
        if (Volatile.Read(ref changes) != before)
            rows.TryRemove(name, out _); // it may have been read before the change
        return row;
    }

    /// <summary>All models by name.</summary>
    public async Task<IReadOnlyList<Model>> ListAsync(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Models.AsNoTracking().OrderBy(model => model.Name).ToListAsync(cancellation);
    }

    /// <summary>Rows are read anew.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref changes);
        rows.Clear();
    }

    async Task<string> DefaultAsync(CancellationToken cancellation)
    {
        if (defaultModel is not null)
            return defaultModel;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Models.OrderBy(model => model.Id).Select(model => model.Name).Take(2).ToListAsync(cancellation) switch
        {
            [var only] => only,
            [] => throw new KeyNotFoundException("There is no model yet."),
            _ => throw new KeyNotFoundException("The request names no model, and there are several; name one in 'model', or set Serving:DefaultModel."),
        };
    }

    public void Dispose() => subscription.Dispose();
}

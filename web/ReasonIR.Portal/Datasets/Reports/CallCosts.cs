using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments;

namespace ReasonIR.Portal.Datasets.Reports;

/// <summary>What the calls to language models cost that a version was made with.</summary>
public static class CallCosts
{
    /// <summary>The calls that a run and all that it started paid for; none where there is no run.</summary>
    public static async Task<DatasetCost> OfRunAsync(ExperimentsDb db, long? run, CancellationToken ct)
    {
        if (run is null)
            return new(0, 0, 0, 0, []);
        var runs = await FamilyAsync(db, run.Value, ct);
        var groups = await db.LlmCalls.AsNoTracking().Where(call => call.RunId != null && runs.Contains(call.RunId.Value))
            .GroupBy(call => new { call.Purpose, call.Model, call.PromptHash })
            .Select(group => new { group.Key, Calls = group.LongCount(), Input = group.Sum(call => (long)call.PromptTokens), Output = group.Sum(call => (long)call.CompletionTokens), Cost = group.Sum(call => call.Cost) })
            .ToListAsync(ct);
        return new(groups.Sum(group => group.Calls), groups.Sum(group => group.Input), groups.Sum(group => group.Output), groups.Sum(group => group.Cost),
            [.. groups.OrderByDescending(group => group.Cost).ThenByDescending(group => group.Calls).ThenBy(group => group.Key.Purpose, StringComparer.Ordinal)
                .Select(group => new CallGroup(group.Key.Purpose, group.Key.Model, group.Key.PromptHash, group.Calls, group.Input, group.Output, group.Cost))]);
    }

    /// <summary>A run and all runs below it.</summary>
    public static async Task<IReadOnlyList<long>> FamilyAsync(ExperimentsDb db, long run, CancellationToken ct) => await db.Database.SqlQuery<long>($"""
        with recursive family as (select id from runs where id = {run} union select child.id from runs child join family on child.parent_run_id = family.id)
        select id as "Value" from family
        """).ToListAsync(ct);
}

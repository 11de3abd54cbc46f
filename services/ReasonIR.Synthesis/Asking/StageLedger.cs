using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments;

namespace ReasonIR.Synthesis.Asking;

/// <summary>What stages paid for, by the ledger: exact however often a process died while their batches were out.</summary>
public sealed class StageLedger(IDbContextFactory<ExperimentsDb> contexts)
{
    const int AtOnce = 10_000;

    /// <param name="run">The run that pays.</param>
    /// <param name="since">Calls paid before count as answers that were there.</param>
    /// <param name="stages">The request hashes of each; one of several stages is counted for the first.</param>
    public async Task<IReadOnlyList<ModelUse>> UsesAsync(long run, DateTimeOffset since, string model, IReadOnlyList<ICollection<string>> stages, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var counted = new HashSet<string>(StringComparer.Ordinal);
        var uses = new List<ModelUse>();
        foreach (var hashes in stages)
        {
            var use = ModelUse.Nothing("") with { Model = model };
            foreach (var some in hashes.Where(counted.Add).Chunk(AtOnce))
                foreach (var call in await db.LlmCalls.AsNoTracking().Where(call => call.RunId == run && call.CreatedAt >= since && some.Contains(call.RequestHash))
                    .Select(call => new { call.PromptHash, call.PromptTokens, call.CompletionTokens, call.Cost }).ToListAsync(cancellation))
                    use = use with { PromptHash = call.PromptHash, Calls = use.Calls + 1, InputTokens = use.InputTokens + call.PromptTokens, OutputTokens = use.OutputTokens + call.CompletionTokens, Cost = use.Cost + call.Cost };
            uses.Add(use with { CachedCalls = hashes.Count - use.Calls });
        }
        return uses;
    }
}

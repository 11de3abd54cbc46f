using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments.Runs;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Reranking;
using ReasonIR.Synthesis.Rewriting;

namespace ReasonIR.Synthesis.Asking;

/// <summary>
/// Asks in batches what stages of another run are about to ask, by the code that answers them live; the answers themselves are left in the cache. Windows
/// that depend on each other become batches one after another. Resumed, it waits on for the batches that it handed in.
/// </summary>
public sealed class AskHandler(ChatModel model, Purses purses, InFlight inFlight, StageLedger ledger) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.Ask;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<AskSpec>();
        RunSpecs.ThrowIfInvalid(Kind, spec);
        var asked = spec.Stages.Select(_ => new ConcurrentDictionary<string, bool>(StringComparer.Ordinal)).ToList();
        var (done, total) = (0, spec.Stages.Sum(stage => stage.Requests));
        // Stages of one cap share a budget, so that what one has reserved the others see.
        foreach (var stages in spec.Stages.Index().GroupBy(stage => stage.Item.MaxCost))
        {
            var budget = await purses.OpenAsync(spec.Run, (decimal?)stages.Key, cancellation, batch: true);
            var capped = 0;
            await inFlight.ForEachAsync(LinesAsync(run, spec.Run, stages, cancellation), line => line.Text.Length, async line =>
            {
                try
                {
                    await AskAsync(line.Stage.Kind, line.Text, new ModelAccount(model, budget, spec.Run, hash => asked[line.Number].TryAdd(hash, true)), cancellation);
                }
                catch (ChatException error) when (ModelTrouble.IsAway(error))
                {
                    throw new TransientRunException($"{line.Stage.Name}: {error.Message}", error);
                }
                catch (CostCapException error)
                {
                    if (Interlocked.Exchange(ref capped, 1) == 0)
                        await run.LogAsync(RunLogLevel.Warning, $"Nothing more is asked; what was sent is waited for. {error.Message}");
                    throw new InvalidOperationException($"{line.Stage.Name}: {error.Message} Resumed with room under the cap, the run goes on without paying again.", error);
                }
                var spent = budget.Spent;
                await run.ReportProgressAsync(Interlocked.Increment(ref done) / (double)Math.Max(1, total), string.Create(CultureInfo.InvariantCulture,
                    $"{done:N0} of {total:N0} requests, {spent.Calls:N0} calls of the run paid for{(spent.Cost > 0 ? $", cost {spent.Cost:0.####}" : "")}"));
            }, cancellation);
        }
        var uses = await ledger.UsesAsync(spec.Run, run.Run.CreatedAt, model.Settings.Model ?? "", [.. asked.Select(hashes => hashes.Keys)], cancellation);
        foreach (var (stage, use) in spec.Stages.Zip(uses))
            await run.LogAsync(string.Create(CultureInfo.InvariantCulture, $"{stage.Name}: {use.Calls:N0} calls, {use.CachedCalls:N0} answers were there, cost {use.Cost:0.####}."));
        await run.SetOutputAsync(new AskOutput(uses), cancellation);
    }

    static async IAsyncEnumerable<(int Number, AskStage Stage, string Text)> LinesAsync(
        RunContext run, long parent, IEnumerable<(int Index, AskStage Item)> stages, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var (number, stage) in stages)
        {
            using var lines = StageFile.Open(run.WorkFolderOf(parent), stage.File);
            while (await lines.ReadLineAsync(cancellation) is { } line)
                yield return (number, stage, line);
        }
    }

    static Task AskAsync(string kind, string line, ModelAccount account, CancellationToken cancellation)
    {
        T Read<T>() => JsonSerializer.Deserialize<T>(line, ReasonIrJson.Web) ?? throw new InvalidDataException("a stage's file: expected an object in each line, found null.");
        return kind == AskStage.Rewrite ? QueryRewriter.RewriteAsync(Read<RewriteRequest>(), account, cancellation) : ModelReranker.RerankAsync(Read<RerankRequest>(), account, cancellation);
    }
}

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Language.Structured;
using ReasonIR.Synthesis.Generation;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Llm;

/// <summary>
/// Hard queries and hard negatives written by a chat model, after ReasonIR-Synthesizer (arXiv 2504.20595, section 3): brainstorm and
/// queries in one structured answer, each hard negative in a turn of its own that sees query and positive only. An item is a document.
/// </summary>
public sealed class LlmGenerator(ChatModel model, StructuredChat chat, ICallLedger ledger) : IExampleGenerator
{
    readonly Attempts attempts = new(chat);

    public string Name => "llm";

    public string? Missing => model.Settings.IsConfigured ? null : $"The llm generator needs a chat endpoint: {ChatConfiguration.HowToConfigure}.";

    public IReadOnlyDictionary<string, string> Provenance => new Dictionary<string, string>
    {
        ["chatModel"] = model.Settings.Model ?? "",
        ["hardQueryPrompt"] = PromptFiles.HardQuery.Hash,
        ["hardNegativePrompt"] = PromptFiles.HardNegative.Hash,
    };

    public DatasetKind KindOf(SynthesizeSpec spec) => DatasetKind.Examples;

    public SeedFilter Filter(SynthesizeSpec spec) => new(Settings(spec).MinimumWords, Settings(spec).Documents);

    public int Items(SynthesizeSpec spec, int documents) => documents;

    public int ExamplesPerItem(SynthesizeSpec spec) => Settings(spec).QueriesPerDocument;

    public async IAsyncEnumerable<IReadOnlyList<GeneratedItem>> GenerateAsync(GenerationJob job, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var budget = await BudgetAsync(job, cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // Small: what is done waits for its commit, and no more is paid for meanwhile than this.
        var done = Channel.CreateBounded<GeneratedItem>(64);
        var working = WorkAsync(job, budget, done.Writer, stop.Token);
        try
        {
            while (await done.Reader.WaitToReadAsync(cancellation))
            {
                var ready = new List<GeneratedItem>();
                while (ready.Count < 64 && done.Reader.TryRead(out var item))
                    ready.Add(item);
                job.Tally.Spending = Spending(budget);
                yield return ready;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        job.Tally.Spending = Spending(budget);
    }

    async Task WorkAsync(GenerationJob job, RunBudget budget, ChannelWriter<GeneratedItem> done, CancellationToken cancellation)
    {
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = Settings(job.Spec).Concurrency, CancellationToken = cancellation };
            await Parallel.ForEachAsync(job.Remaining, options, async (item, token) =>
            {
                if (job.Tally.StoppedBecause is null && await ItemAsync(job, item, budget, token) is { } finished)
                    await done.WriteAsync(finished, token);
            });
            done.Complete();
        }
        catch (Exception error)
        {
            done.Complete(error is ChatException chat && chat.Status is 0 or 408 or 429 or >= 500 ? new TransientRunException(chat.Message) : error);
        }
    }

    /// <summary>A document's examples, or null where the cost cap leaves no room for them.</summary>
    async Task<GeneratedItem?> ItemAsync(GenerationJob job, int item, RunBudget budget, CancellationToken cancellation)
    {
        var document = (await job.Seeds.LoadAsync([item], cancellation))[0];
        try
        {
            return new GeneratedItem(item, await new DocumentPrompts(attempts, model.Settings, job, budget).ExamplesAsync(document, cancellation));
        }
        catch (UnusableAnswerException error)
        {
            await job.Run.LogAsync(RunLogLevel.Warning, $"Document {document.ExternalId} gives no example after {Attempts.Most} attempts: {error.Message}");
            return new GeneratedItem(item, [], "no usable answer");
        }
        catch (ChatException error) when (error.Status is 400 or 413 or 422)
        {
            await job.Run.LogAsync(RunLogLevel.Warning, $"Document {document.ExternalId} is refused: {error.Message}");
            return new GeneratedItem(item, [], $"refused with HTTP {error.Status}");
        }
        catch (CostCapException error)
        {
            job.Tally.StoppedBecause ??= error.Message;
            return null;
        }
    }

    async Task<RunBudget> BudgetAsync(GenerationJob job, CancellationToken cancellation)
    {
        var cap = Settings(job.Spec).MaxCost ?? model.Settings.CostCap;
        if (cap is not null && !model.Settings.HasPrices)
            throw new InvalidOperationException(
                "A cost cap needs prices: set REASONIR_CHAT_INPUT_PRICE and REASONIR_CHAT_OUTPUT_PRICE (a million tokens), or leave out llm.maxCost and REASONIR_CHAT_COST_CAP.");
        return new RunBudget(model.Settings, cap, await ledger.SpentAsync(job.Run.RunId.ToString(CultureInfo.InvariantCulture), cancellation));
    }

    static SynthesisSpending Spending(RunBudget budget)
    {
        var spent = budget.Spent;
        return new SynthesisSpending(spent.Calls, budget.Cached, spent.InputTokens, spent.OutputTokens, spent.Cost);
    }

    static LlmSettings Settings(SynthesizeSpec spec) => spec.Llm ?? new LlmSettings();
}

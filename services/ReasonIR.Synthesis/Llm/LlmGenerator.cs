using System.Runtime.CompilerServices;
using ReasonIR.Contracts.Runs;
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
public sealed class LlmGenerator(ChatModel model, StructuredChat chat, Purses purses) : IExampleGenerator
{
    readonly Attempts attempts = new(chat);

    public string Name => "llm";

    public string? Missing => model.Settings.IsConfigured ? null : $"The llm generator needs a chat endpoint: {ChatConfiguration.HowToConfigure}.";

    public IReadOnlyDictionary<string, string> Provenance(SynthesizeSpec spec) => new Dictionary<string, string>
    {
        ["chatModel"] = model.Settings.Model ?? "",
        ["hardQueryPrompt"] = PromptFiles.HardQuery.Hash,
        ["hardNegativePrompt"] = PromptFiles.HardNegative.Hash,
    };

    public SynthesizeSpec Complete(SynthesizeSpec spec) => spec with { Llm = Settings(spec), HardNegatives = spec.HardNegatives ?? new MinedNegatives(), Extractive = null };

    public DatasetKind KindOf(SynthesizeSpec spec) => DatasetKind.Examples;

    public SeedFilter Filter(SynthesizeSpec spec) => new(Settings(spec).MinimumWords, Settings(spec).Documents);

    public int Items(SynthesizeSpec spec, int documents) => documents;

    public async IAsyncEnumerable<IReadOnlyList<GeneratedItem>> GenerateAsync(GenerationJob job, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var budget = await purses.OpenAsync(job.Run.RunId, Settings(job.Spec).MaxCost, cancellation);
        // Items end in any order and are handed out in theirs: the ones that wait for a slow one have their answers in the cache.
        var flow = new OrderedFlow<GeneratedItem?>(Settings(job.Spec).Concurrency, (item, token) => ItemAsync(job, item, budget, token));
        await foreach (var ready in flow.RunAsync(job.Remaining, () => job.Tally.StoppedBecause is not null, cancellation))
        {
            job.Tally.Spending = Spending(budget);
            yield return [.. ready.OfType<GeneratedItem>()];
        }
        job.Tally.Spending = Spending(budget);
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
            await job.Tally.WarnAsync(job.Run, $"Document {document.ExternalId} gives no example after {Attempts.Most} attempts: {error.Message}");
            return new GeneratedItem(item, [], "no usable answer");
        }
        catch (ChatException error) when (error.Status is 400 or 413 or 422)
        {
            await job.Tally.WarnAsync(job.Run, $"Document {document.ExternalId} is refused: {error.Message}");
            return new GeneratedItem(item, [], $"refused with HTTP {error.Status}");
        }
        catch (ChatException error) when (error.Status is 0 or 408 or 429 or >= 500)
        {
            // The endpoint is away, after all attempts: the run pauses and goes on from here.
            throw new TransientRunException(error.Message);
        }
        catch (CostCapException error)
        {
            job.Tally.StoppedBecause ??= error.Message;
            return null;
        }
    }

    static SynthesisSpending Spending(RunBudget budget)
    {
        var spent = budget.Spent;
        return new SynthesisSpending(spent.Calls, budget.Cached, spent.InputTokens, spent.OutputTokens, spent.Cost);
    }

    static LlmSettings Settings(SynthesizeSpec spec) => spec.Llm ?? new LlmSettings();
}

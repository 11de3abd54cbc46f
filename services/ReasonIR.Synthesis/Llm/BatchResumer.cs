using ReasonIR.Language.Chat;

namespace ReasonIR.Synthesis.Llm;

/// <summary>At the start: batches that an earlier process left are looked after, so that their answers and costs are in the ledger whether or not a run asks for them.</summary>
sealed class BatchResumer(ChatModels models, ILogger<BatchResumer> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        foreach (var model in models.All)
            try
            {
                await model.ResumeBatchesAsync(stopping);
            }
            catch (Exception error)
            {
                // A service must not fall over what waits in a database that is away, or while it stops.
                if (!stopping.IsCancellationRequested)
                    log.LogWarning("Batches of {Endpoint} are not looked after until one is asked for: {Error}", model.Settings, error.Message);
            }
    }
}

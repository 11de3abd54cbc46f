using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Search.Pipelines;

/// <summary>A stage needs answers that a batch brings; its system is ranked again when they are there.</summary>
public sealed class StagePendingException : Exception;

/// <summary>
/// The stages of a run that ask a language model in batches. A run is passed over again and again: the first time that a stage comes up, all that it
/// will ask is written down, and its system is left; then what is written down of all systems is asked in one run of the Synthesis service; in the
/// next pass the stage asks as always, and finds the answers in the cache. Stages that have been asked are the run's checkpoint.
/// </summary>
/// <param name="run">The run; it waits and pays.</param>
public sealed class BatchedStages(RunContext run)
{
    /// <summary>Services are restarted while a batch is out, which is no reason to give up.</summary>
    const int Attempts = 10;

    readonly Dictionary<string, AskedStage> asked = run.Checkpoint<BatchedProgress>() is { } before ? new(before.Asked, StringComparer.Ordinal) : new(StringComparer.Ordinal);
    readonly List<AskStage> pending = [];

    /// <summary>What a stage that has been asked paid for in batches; nothing where another system's has asked the same before it.</summary>
    /// <param name="name">The system and its stage.</param>
    /// <param name="kind">As <see cref="AskStage.Kind"/>.</param>
    /// <param name="requests">All that it will ask, as it will ask it.</param>
    /// <exception cref="StagePendingException">It has not been asked; it is now written down.</exception>
    public async Task<ModelUse> AskedAsync<T>(string name, string kind, IAsyncEnumerable<T> requests, double? maxCost, CancellationToken ct)
    {
        var (file, count) = await StageFile.WriteAsync(run.WorkFolder, LinesAsync(requests, ct), ct);
        if (asked.TryGetValue(file, out var before))
        {
            StageFile.Delete(run.WorkFolder, file);
            return before.Name == name ? before.Use : ModelUse.Nothing(before.Use.PromptHash);
        }
        if (!pending.Any(stage => stage.File == file))
            pending.Add(new(name, kind, file, count, maxCost));
        throw new StagePendingException();
    }

    /// <summary>Asks what is written down, and waits for it.</summary>
    /// <returns>False: there is nothing to ask any more.</returns>
    /// <exception cref="InvalidOperationException">It could not be asked, e.g. because of a cap; the message says why.</exception>
    public async Task<bool> NextAsync(CancellationToken ct)
    {
        if (pending.Count == 0)
            return false;
        var spec = new AskSpec(run.RunId, [.. pending]);
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(' ', pending.Select(stage => $"{stage.File} {stage.MaxCost}")))));
        var id = await run.Queue.EnqueueAsync(RunKinds.Ask, spec.Title, spec, RunSpecs.Version, run.RunId, $"{run.RunId}/ask/{key}", run.Run.Priority, Attempts, ct);
        await run.Queue.GoOnAsync([id], ct);
        await run.ReportProgressAsync(null, $"waits for batches of the language model (run {id}): {string.Join(", ", pending.Select(stage => stage.Name))}");
        await run.LogAsync($"Run {id} asks the language model in batches: {string.Join(", ", pending.Select(stage => $"{stage.Name} ({stage.Requests:N0} requests)"))}.");
        var ended = await run.Queue.WaitAsync(id, ct);
        if (ended.State != RunState.Succeeded)
            throw new InvalidOperationException($"batches (run {id}) {ended.State.ToString().ToLowerInvariant()}: {ended.Error ?? "no reason given"}");
        var uses = (ended.ReadOutput<AskOutput>() ?? throw new InvalidDataException($"batches (run {id}) left no output.")).Uses;
        foreach (var (stage, use) in pending.Zip(uses))
        {
            asked[stage.File] = new(stage.Name, use);
            StageFile.Delete(run.WorkFolder, stage.File);
        }
        await run.SaveCheckpointAsync(new BatchedProgress(asked), cancellation: ct);
        pending.Clear();
        return true;
    }

    static async IAsyncEnumerable<string> LinesAsync<T>(IAsyncEnumerable<T> requests, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var request in requests.WithCancellation(ct))
            yield return JsonSerializer.Serialize(request, ReasonIrJson.Web);
    }
}

/// <summary>Stages that have been asked.</summary>
/// <param name="Asked">By the name of their file, which is the hash of all that they ask.</param>
public sealed record BatchedProgress(IReadOnlyDictionary<string, AskedStage> Asked);

/// <summary>A stage that has been asked.</summary>
/// <param name="Name">Whose it was.</param>
/// <param name="Use">What it paid for.</param>
public sealed record AskedStage(string Name, ModelUse Use);

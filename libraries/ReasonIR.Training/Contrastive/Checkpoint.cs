using System.Globalization;
using System.Text.Json;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.Transformers;
using static TorchSharp.torch;

namespace ReasonIR.Training.Contrastive;

/// <summary>What a checkpoint belongs to and how far it is.</summary>
/// <param name="Version">Of this layout.</param>
/// <param name="Step">Steps done. Order, draws and dropout follow from the seed and the step, so this is the sampler's and generators' state too.</param>
/// <param name="Settings">The spec it was made under, as JSON.</param>
/// <param name="Data"><see cref="IBatchSource.Fingerprint"/>.</param>
/// <param name="Seconds">Wall-clock time of all starts so far.</param>
/// <param name="Watch">Losses and evaluations so far.</param>
public sealed record CheckpointState(int Version, int Step, string Settings, string Data, double Seconds = 0, WatchState? Watch = null);

/// <summary>
/// Checkpoints <c>step-N/</c> in a folder: model.safetensors and optimizer.safetensors by the names of what is trained, state.json. A
/// checkpoint is written under another name and renamed when it is whole; older ones are then removed. <c>best-N/</c> holds the parameters of
/// the best evaluation, after N steps.
/// </summary>
public static class Checkpoint
{
    const int CurrentVersion = 2;
    const string Prefix = "step-", StateFile = "state.json", Parameters = "model.safetensors", Moments = "optimizer.safetensors", Best = "best-";

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <returns>The checkpoint's folder.</returns>
    public static string Save(string folder, OptimizerLoop loop, string settings, string data, double seconds = 0, WatchState? watch = null)
    {
        var target = Path.Combine(folder, Prefix + loop.Step.ToString("D8", CultureInfo.InvariantCulture));
        if (Directory.Exists(target))
            return target;
        var partial = Partial(folder);
        WriteParameters(partial, loop);
        SafetensorsWriter.Save(Path.Combine(partial, Moments), loop.States().SelectMany(s =>
            new[] { TorchTensors.ToWrite($"exp_avg.{s.Name}", s.State.exp_avg), TorchTensors.ToWrite($"exp_avg_sq.{s.Name}", s.State.exp_avg_sq) }));
        using (var stream = new FileStream(Path.Combine(partial, StateFile), FileMode.CreateNew))
        {
            JsonSerializer.Serialize(stream, new CheckpointState(CurrentVersion, loop.Step, settings, data, seconds, watch), Json);
            stream.Flush(flushToDisk: true);
        }
        Directory.Move(partial, target);
        foreach (var other in Directory.EnumerateDirectories(folder))
            if (other != target && Path.GetFileName(other) is var name && (name.StartsWith(Prefix, StringComparison.Ordinal) || name.StartsWith(".partial-", StringComparison.Ordinal)))
                Directory.Delete(other, recursive: true);
        return target;
    }

    /// <summary>The latest checkpoint of a folder, or null.</summary>
    public static string? Latest(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, Prefix + "*").Max(StringComparer.Ordinal) : null;

    /// <summary>Loads the latest checkpoint of a folder into model and optimizer; null where there is none.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is broken, or belongs to other settings or data.</exception>
    public static CheckpointState? Load(string folder, OptimizerLoop loop, string settings, string data)
    {
        if (Latest(folder) is not { } latest)
            return null;
        var path = Path.Combine(latest, StateFile);
        var state = Read(path);
        if (state.Version != CurrentVersion)
            throw new InvalidDataException($"{path}: version {state.Version}; {CurrentVersion} was expected.");
        if (state.Settings != settings || state.Data != data)
            throw new InvalidDataException($"{path}: the checkpoint belongs to {(state.Data != data ? $"other data ('{state.Data}')" : "other settings")}; remove it to begin anew.");
        ReadParameters(latest, loop);
        using (var moments = SafetensorsFile.Open(Path.Combine(latest, Moments)))
        using (no_grad())
            foreach (var (name, moment) in loop.States())
            {
                TorchTensors.Load(moments, $"exp_avg.{name}", moment.exp_avg);
                TorchTensors.Load(moments, $"exp_avg_sq.{name}", moment.exp_avg_sq);
            }
        loop.ContinueFrom(state.Step);
        return state;
    }

    /// <summary>Keeps the parameters as the best so far.</summary>
    /// <param name="before">The best step that the latest checkpoint knows: should the run die before the next, it is resumed with that one.</param>
    public static void SaveBest(string folder, OptimizerLoop loop, int? before)
    {
        var target = BestFolder(folder, loop.Step);
        if (!Directory.Exists(target))
        {
            var partial = Partial(folder);
            WriteParameters(partial, loop);
            Directory.Move(partial, target);
        }
        foreach (var other in Directory.EnumerateDirectories(folder, Best + "*"))
            if (other != target && (before is not { } step || other != BestFolder(folder, step)))
                Directory.Delete(other, recursive: true);
    }

    /// <summary>Puts the best parameters into the model; the optimizer is of no use afterwards.</summary>
    public static void LoadBest(string folder, OptimizerLoop loop, int step)
    {
        ReadParameters(BestFolder(folder, step), loop);
        loop.ContinueFrom(loop.Step);
    }

    static string BestFolder(string folder, int step) => Path.Combine(folder, Best + step.ToString("D8", CultureInfo.InvariantCulture));

    static string Partial(string folder) => Directory.CreateDirectory(Path.Combine(folder, $".partial-{Guid.NewGuid():N}")).FullName;

    static void WriteParameters(string folder, OptimizerLoop loop) =>
        SafetensorsWriter.Save(Path.Combine(folder, Parameters), loop.Parameters.Select(p => TorchTensors.ToWrite(p.Name, p.Parameter)));

    static void ReadParameters(string folder, OptimizerLoop loop)
    {
        using var model = SafetensorsFile.Open(Path.Combine(folder, Parameters));
        using var _ = no_grad();
        foreach (var (name, parameter) in loop.Parameters)
            TorchTensors.Load(model, name, parameter);
    }

    static CheckpointState Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<CheckpointState>(stream, Json) ?? throw new InvalidDataException($"{path}: an object was expected.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: not valid JSON: {error.Message}", error);
        }
    }
}

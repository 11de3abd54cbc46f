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
/// <param name="Data"><see cref="ITrainingData.Fingerprint"/>.</param>
/// <param name="Seconds">Wall-clock time of all starts so far.</param>
public sealed record CheckpointState(int Version, int Step, string Settings, string Data, double Seconds = 0);

/// <summary>
/// Checkpoints <c>step-N/</c> in a folder: model.safetensors and optimizer.safetensors by parameter name, state.json. A checkpoint is
/// written under another name and renamed when it is whole; older ones are then removed.
/// </summary>
public static class Checkpoint
{
    const int CurrentVersion = 1;
    const string Prefix = "step-", StateFile = "state.json", Parameters = "model.safetensors", Moments = "optimizer.safetensors";

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Save(string folder, OptimizerLoop loop, string settings, string data, double seconds = 0)
    {
        var target = Path.Combine(folder, Prefix + loop.Step.ToString("D8", CultureInfo.InvariantCulture));
        if (Directory.Exists(target))
            return;
        var partial = Path.Combine(folder, $".partial-{Guid.NewGuid():N}");
        Directory.CreateDirectory(partial);
        SafetensorsWriter.Save(Path.Combine(partial, Parameters), loop.Parameters.Select(p => TorchTensors.ToWrite(p.Name, p.Parameter)));
        SafetensorsWriter.Save(Path.Combine(partial, Moments), loop.States().SelectMany(s =>
            new[] { TorchTensors.ToWrite($"exp_avg.{s.Name}", s.State.exp_avg), TorchTensors.ToWrite($"exp_avg_sq.{s.Name}", s.State.exp_avg_sq) }));
        using (var stream = new FileStream(Path.Combine(partial, StateFile), FileMode.CreateNew))
        {
            JsonSerializer.Serialize(stream, new CheckpointState(CurrentVersion, loop.Step, settings, data, seconds), Json);
            stream.Flush(flushToDisk: true);
        }
        Directory.Move(partial, target);
        foreach (var other in Directory.EnumerateDirectories(folder))
            if (other != target && Path.GetFileName(other) is var name && (name.StartsWith(Prefix, StringComparison.Ordinal) || name.StartsWith(".partial-", StringComparison.Ordinal)))
                Directory.Delete(other, recursive: true);
    }

    /// <summary>Loads the latest checkpoint of a folder into model and optimizer; returns the step and the seconds so far, 0 where there is none.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is broken, or belongs to other settings or data.</exception>
    public static (int Step, double Seconds) Load(string folder, OptimizerLoop loop, string settings, string data)
    {
        if (!Directory.Exists(folder) || Directory.EnumerateDirectories(folder, Prefix + "*").Max(StringComparer.Ordinal) is not { } latest)
            return (0, 0);
        var path = Path.Combine(latest, StateFile);
        var state = Read(path);
        if (state.Version != CurrentVersion)
            throw new InvalidDataException($"{path}: version {state.Version}; {CurrentVersion} was expected.");
        if (state.Settings != settings || state.Data != data)
            throw new InvalidDataException($"{path}: the checkpoint belongs to {(state.Data != data ? $"other data ('{state.Data}')" : "other settings")}; remove it to begin anew.");
        using var model = SafetensorsFile.Open(Path.Combine(latest, Parameters));
        using var moments = SafetensorsFile.Open(Path.Combine(latest, Moments));
        using var _ = no_grad();
        foreach (var (name, parameter) in loop.Parameters)
            TorchTensors.Load(model, name, parameter);
        foreach (var (name, moment) in loop.States())
        {
            TorchTensors.Load(moments, $"exp_avg.{name}", moment.exp_avg);
            TorchTensors.Load(moments, $"exp_avg_sq.{name}", moment.exp_avg_sq);
        }
        loop.ContinueFrom(state.Step);
        return (state.Step, state.Seconds);
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

using ReasonIR.Encoder.Metrics;
using ReasonIR.Experiments.Models;

namespace ReasonIR.Encoder.Serving;

/// <summary>A model in memory, or on its way there.</summary>
sealed class ModelEntry(string key, Model row, long bytes, Task<ServedModel> loading)
{
    public string Key { get; } = key;

    public Model Row { get; } = row;

    /// <summary>Memory of its weights.</summary>
    public long Bytes { get; } = bytes;

    public Task<ServedModel> Loading { get; } = loading;

    /// <summary>Grows from use to use, over all models.</summary>
    public long LastUse { get; set; }

    /// <summary>Leases on it.</summary>
    public int Users { get; set; }

    /// <summary>In use, or on its way into memory.</summary>
    public bool IsHeld => Users > 0 || !Loading.IsCompleted;

    /// <summary>Frees what was loaded.</summary>
    public void Free()
    {
        if (Loading.IsCompletedSuccessfully)
            Loading.Result.Dispose();
    }
}

/// <summary>The models in memory, within their number and bytes: those unused longest make room, never one in use. Not thread-safe.</summary>
sealed class ModelRoom(int mostModels, long mostBytes, EncoderMetrics metrics, ILogger logger)
{
    readonly Dictionary<string, ModelEntry> entries = new(StringComparer.Ordinal);

    public IEnumerable<ModelEntry> Entries => entries.Values;

    public ModelEntry? Find(string key) => entries.GetValueOrDefault(key);

    public void Add(ModelEntry entry) => entries.Add(entry.Key, entry);

    /// <summary>Forgets an entry that could not be loaded.</summary>
    public void Forget(ModelEntry entry)
    {
        if (Find(entry.Key) == entry)
            entries.Remove(entry.Key);
    }

    /// <summary>Unloads an entry that is not held.</summary>
    public void Unload(ModelEntry entry)
    {
        entries.Remove(entry.Key);
        entry.Free();
    }

    /// <summary>Unloads what is unused until so many bytes fit; false, and nothing is unloaded, where they cannot.</summary>
    /// <param name="name">Whose they are: another revision of the same model goes first, hardly anybody will ask for it again.</param>
    public bool Make(string name, long bytes)
    {
        var held = entries.Values.Where(entry => entry.IsHeld).ToList();
        if (held.Count >= mostModels || held.Sum(entry => entry.Bytes) + bytes > mostBytes)
            return false;
        var idle = new Queue<ModelEntry>(entries.Values.Where(entry => !entry.IsHeld).OrderBy(entry => entry.Row.Name != name).ThenBy(entry => entry.LastUse));
        while (entries.Count >= mostModels || entries.Values.Sum(entry => entry.Bytes) + bytes > mostBytes)
        {
            var entry = idle.Dequeue();
            Unload(entry);
            metrics.Unloads.Add(1);
            logger.LogInformation("Model {Model} made room", entry.Row.Name);
        }
        return true;
    }

    /// <summary>Unloads all that has been loaded.</summary>
    public void Clear()
    {
        foreach (var entry in entries.Values)
            entry.Free();
        entries.Clear();
    }
}

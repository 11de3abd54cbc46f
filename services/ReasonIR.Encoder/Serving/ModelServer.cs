using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using ReasonIR.Encoder.Batching;
using ReasonIR.Encoder.Metrics;
using ReasonIR.Experiments.Models;
using ReasonIR.Models;
using ReasonIR.Models.CrossEncoders;

namespace ReasonIR.Encoder.Serving;

/// <summary>A model in memory, for pages.</summary>
/// <param name="Model">Its row.</param>
/// <param name="Served">What is in memory; null while it is being loaded.</param>
/// <param name="Bytes">Memory of its weights.</param>
/// <param name="Users">Leases on it.</param>
public sealed record LoadedModel(Model Model, ServedModel? Served, long Bytes, int Users);

/// <summary>
/// Loads models when they are first asked for, and waits where all the memory for them (<see cref="ModelRoom"/>) is in use. Loading one keeps
/// nobody from using another. Thread-safe.
/// </summary>
public sealed class ModelServer : IDisposable
{
    readonly ModelCatalog catalog;
    readonly ModelRoots roots;
    readonly ServingOptions options;
    readonly EncoderMetrics metrics;
    readonly ILogger<ModelServer> logger;
    readonly long budget;
    readonly Lock gate = new();
    readonly ModelRoom room;
    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    long uses;

    public ModelServer(ModelCatalog catalog, ModelRoots roots, IOptions<ServingOptions> options, EncoderMetrics metrics, ILogger<ModelServer> logger)
    {
        (this.catalog, this.roots, this.options, this.metrics, this.logger) = (catalog, roots, options.Value, metrics, logger);
        budget = this.options.MemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 10 * 6;
        room = new(this.options.LoadedModels, budget, metrics, logger);
        metrics.Meter.CreateObservableGauge("reasonir_encoder_model_bytes", () => Loaded.Select(model => new Measurement<long>(model.Bytes, new KeyValuePair<string, object?>("model", model.Model.Name))), "By", "Memory of the weights of each loaded model.");
        metrics.Meter.CreateObservableGauge("te_queue_size", () => Loaded.Where(model => model.Served is not null)
            .Select(model => new Measurement<int>(model.Served!.WaitingTexts, new KeyValuePair<string, object?>("model", model.Model.Name))), null, "Texts that wait for a batch.");
    }

    /// <summary>Bytes that all weights may take together.</summary>
    public long MemoryBytes => budget;

    /// <summary>What is in memory now, the most recently used first.</summary>
    public IReadOnlyList<LoadedModel> Loaded
    {
        get
        {
            lock (gate)
                return [.. room.Entries.OrderByDescending(entry => entry.LastUse)
                    .Select(entry => new LoadedModel(entry.Row, entry.Loading.IsCompletedSuccessfully ? entry.Loading.Result : null, entry.Bytes, entry.Users))];
        }
    }

    /// <summary>A model to encode with; dispose the lease after use, so that it can be unloaded.</summary>
    /// <param name="name">Its name; null or empty: the default model.</param>
    /// <exception cref="KeyNotFoundException">There is no model of that name.</exception>
    /// <exception cref="OverloadedException">Models that are in use leave no room for it.</exception>
    public async Task<ModelLease> OpenAsync(string? name, CancellationToken cancellation) => await OpenAsync(await catalog.FindAsync(name, cancellation), cancellation);

    /// <summary>A model by its row, which may be one that is not stored yet.</summary>
    /// <inheritdoc cref="OpenAsync(string?, CancellationToken)"/>
    public async Task<ModelLease> OpenAsync(Model row, CancellationToken cancellation)
    {
        var settings = ModelSettings.Read(row.Metadata, options);
        // The revision is part of the key: a model that was registered anew is another model.
        var key = $"{row.Name}@{row.Revision}/{settings.Key}/{settings.MaxTokens}/{settings.Instruction}";
        var entry = await HoldAsync(row, settings, key, cancellation);
        try
        {
            return new(row, await entry.Loading.WaitAsync(cancellation), () => Return(entry));
        }
        catch
        {
            lock (gate)
                if (entry.Loading.IsFaulted)
                    room.Forget(entry);
            Return(entry);
            throw;
        }
    }

    /// <summary>Unloads what is in memory of a revision, unless it is in use.</summary>
    public void Unload(string revision)
    {
        lock (gate)
            foreach (var entry in room.Entries.Where(entry => entry.Row.Revision == revision && !entry.IsHeld).ToList())
                room.Unload(entry);
    }

    /// <summary>The entry of a model, held; a new one starts to load as soon as there is room for it.</summary>
    async Task<ModelEntry> HoldAsync(Model row, ModelSettings settings, string key, CancellationToken cancellation)
    {
        long? bytes = null;
        var waited = Stopwatch.StartNew();
        while (true)
        {
            Task change;
            lock (gate)
            {
                var entry = room.Find(key);
                if (entry is null && bytes is { } needed && room.Make(row.Name, needed))
                {
                    room.Add(entry = new(key, row, needed, Task.Run(() => Load(row, settings, needed), CancellationToken.None)));
                    // Its caller may have gone by then: whoever waits for room must hear that it is idle.
                    _ = entry.Loading.ContinueWith(_ => Changed(), TaskScheduler.Default);
                }
                if (entry is not null)
                {
                    (entry.LastUse, entry.Users) = (++uses, entry.Users + 1);
                    return entry;
                }
                change = changed.Task;
            }
            if (bytes is null)
            {
                bytes = await Task.Run(() => ModelFolder.WeightBytes(roots.Resolve(row.Path), settings.Options), cancellation);
                if (bytes > budget)
                    throw new NotSupportedException($"Model '{row.Name}' needs {bytes:N0} bytes; Serving:MemoryBytes allows {budget:N0} for all models together.");
                continue;
            }
            try
            {
                var left = options.LoadWait - waited.Elapsed;
                await change.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellation);
            }
            catch (TimeoutException)
            {
                throw new OverloadedException($"Model '{row.Name}' needs {bytes:N0} bytes; models that are in use leave no room for it in the {budget:N0} of Serving:MemoryBytes.", options.LoadWait);
            }
        }
    }

    ServedModel Load(Model row, ModelSettings settings, long bytes)
    {
        var clock = Stopwatch.StartNew();
        var path = roots.Resolve(row.Path);
        var limits = new BatchLimits(options.BatchTokens ?? 0, options.QueueTokens, options.Linger);
        var placed = settings.Options with { Device = options.Place() };
        ServedModel served = row.Kind == ServedKinds.CrossEncoder
            ? new ServedReranker(row.Name, row.Revision, settings, bytes, CrossEncoder.Open(path, placed), limits, metrics)
            : new ServedEncoder(row.Name, row.Revision, settings, bytes, row.Pooling, ModelFolder.Open(path, placed), limits, metrics);
        try
        {
            served.WarmUp();
        }
        catch
        {
            served.Dispose();
            throw;
        }
        metrics.Loads.Add(1);
        logger.LogInformation("Model {Model} is loaded on {Device}: {Bytes:N0} bytes in {Seconds:N2} s", row.Name, placed.Device, bytes, clock.Elapsed.TotalSeconds);
        return served;
    }

    void Return(ModelEntry entry)
    {
        lock (gate)
            if (--entry.Users == 0)
                Changed();
    }

    /// <summary>Wakes whoever waits for room.</summary>
    void Changed()
    {
        lock (gate)
        {
            changed.SetResult();
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
            room.Clear();
    }
}

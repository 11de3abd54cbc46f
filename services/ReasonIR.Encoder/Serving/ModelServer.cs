using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Models;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Serving;

/// <summary>Loads registered models when they are first asked for and keeps the last few. Thread-safe.</summary>
public sealed class ModelServer(IDbContextFactory<ExperimentsDb> databases, ModelRoots roots, IOptions<ServingOptions> options) : IDisposable
{
    readonly SemaphoreSlim gate = new(1, 1);
    readonly Dictionary<string, LoadedModel> loaded = new(StringComparer.Ordinal);
    long uses;

    /// <summary>A model to encode with; dispose the lease after use, so that it can be unloaded.</summary>
    /// <exception cref="KeyNotFoundException">There is no model of that name.</exception>
    public async Task<ModelLease> OpenAsync(string name, CancellationToken cancellationToken)
    {
        Model model;
        await using (var db = await databases.CreateDbContextAsync(cancellationToken))
            model = await db.Models.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellationToken)
                ?? throw new KeyNotFoundException($"There is no model '{name}'.");
        await gate.WaitAsync(cancellationToken);
        try
        {
            // The revision is part of the key: a model that was registered anew is another model.
            var key = $"{model.Name}@{model.Revision}";
            if (!loaded.TryGetValue(key, out var entry))
            {
                entry = new(await Task.Run(() => ModelFolder.Open(roots.Resolve(model.Path)), cancellationToken));
                loaded.Add(key, entry);
            }
            entry.LastUse = ++uses;
            entry.Users++;
            MakeRoom();
            return new(model, entry.Encoder, () => Return(entry));
        }
        finally
        {
            gate.Release();
        }
    }

    void MakeRoom()
    {
        while (loaded.Count > options.Value.LoadedModels
            && loaded.Where(pair => pair.Value.Users == 0).OrderBy(pair => pair.Value.LastUse).Select(pair => pair.Key).FirstOrDefault() is { } oldest)
        {
            loaded[oldest].Encoder.Dispose();
            loaded.Remove(oldest);
        }
    }

    void Return(LoadedModel entry)
    {
        gate.Wait();
        entry.Users--;
        MakeRoom();
        gate.Release();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var entry in loaded.Values)
            entry.Encoder.Dispose();
        gate.Dispose();
    }

    sealed class LoadedModel(ITextEncoder encoder)
    {
        public ITextEncoder Encoder { get; } = encoder;

        public long LastUse { get; set; }

        public int Users { get; set; }
    }
}

/// <summary>A model in use.</summary>
/// <param name="model">Its row.</param>
/// <param name="encoder">Its code and weights.</param>
/// <param name="returned">Called once at the end.</param>
public sealed class ModelLease(Model model, ITextEncoder encoder, Action returned) : IDisposable
{
    bool disposed;

    /// <summary>Its row.</summary>
    public Model Model { get; } = model;

    /// <summary>Its code and weights.</summary>
    public ITextEncoder Encoder { get; } = encoder;

    /// <summary>The prompt's options: the named prompt where the model has it, none otherwise.</summary>
    public EncodeOptions Prompt(string name) => Encoder.Prompts.ContainsKey(name) ? new(PromptName: name) : EncodeOptions.Default;

    /// <summary>What <see cref="Prompt"/> puts before a text; empty: nothing.</summary>
    public string PromptText(string name) => Encoder.PromptText(Prompt(name));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        returned();
    }
}

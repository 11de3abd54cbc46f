using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Trainer.Data;

/// <summary>A sealed dataset version that can be trained on.</summary>
/// <param name="Name">The dataset's name.</param>
/// <param name="Corpus">The corpus it was made from; null for examples that came from elsewhere.</param>
/// <param name="Strategy">How pairs are drawn; null where the stored rows are the data.</param>
public sealed record TrainingSet(string Name, DatasetVersion Version, Corpus? Corpus, SynthesizeSpec? Strategy)
{
    /// <summary>Finds the version that a run trains on.</summary>
    /// <param name="db">To read with.</param>
    /// <param name="source">Names dataset and version.</param>
    /// <param name="field">Where the spec names it.</param>
    /// <param name="versionId">The version that an earlier attempt of the run chose; null: the named one or the newest sealed one.</param>
    /// <exception cref="ArgumentException">There is none that can be trained on; the message says why.</exception>
    public static async Task<TrainingSet> FindAsync(ExperimentsDb db, DataSource source, string field, long? versionId, CancellationToken cancellation)
    {
        var versions = db.DatasetVersions.AsNoTracking().Include(row => row.Corpus).Where(row => row.Dataset!.Name == source.Dataset);
        var version = versionId is not null ? await versions.SingleOrDefaultAsync(row => row.Id == versionId, cancellation)
            : source.Version is { } number ? await versions.SingleOrDefaultAsync(row => row.Version == number, cancellation)
            : await versions.Where(row => row.SealedAt != null).OrderByDescending(row => row.Version).FirstOrDefaultAsync(cancellation);
        if (version is null)
            throw new ArgumentException(await WhyNoneAsync(db, source, field, cancellation));
        if (version.SealedAt is null)
            throw new ArgumentException($"{field}.version: version {version.Version} of dataset '{source.Dataset}' is not sealed; wait for the run that fills it, or choose another version.");
        if (version.ExampleCount == 0)
            throw new ArgumentException($"{field}: version {version.Version} of dataset '{source.Dataset}' is empty; there is nothing to train on.");
        return new(source.Dataset, version, version.Corpus, version.Kind == DatasetKind.Strategy ? ReadStrategy(source.Dataset, version) : null);
    }

    static async Task<string> WhyNoneAsync(ExperimentsDb db, DataSource source, string field, CancellationToken cancellation)
    {
        var there = await db.DatasetVersions.Where(row => row.Dataset!.Name == source.Dataset).OrderBy(row => row.Version).Select(row => row.Version).ToListAsync(cancellation);
        if (there.Count == 0)
            return $"{field}: there is no dataset '{source.Dataset}', or it has no version.";
        return source.Version is { } wanted
            ? $"{field}.version: dataset '{source.Dataset}' has no version {wanted}; it has {string.Join(", ", there)}."
            : $"{field}: no version of dataset '{source.Dataset}' is sealed; wait for the run that fills it.";
    }

    static SynthesizeSpec ReadStrategy(string name, DatasetVersion version)
    {
        var spec = JsonSerializer.Deserialize<SynthesizeSpec>(version.Spec, ReasonIrJson.Web)
            ?? throw new InvalidDataException($"dataset {name} version {version.Version}: its spec is empty.");
        if (version.Corpus is null)
            throw new InvalidDataException($"dataset {name} version {version.Version}: a strategy draws from a corpus, and the version names none.");
        // Drawn from other documents it would not be the version that was sealed.
        using var json = JsonDocument.Parse(version.Spec);
        if (json.RootElement.TryGetProperty("corpusHash", out var hash) && hash.GetString() != version.Corpus.ContentHash)
            throw new ArgumentException($"dataset: corpus '{version.Corpus.Name}' has changed since version {version.Version} of dataset '{name}' was made; synthesize a new version.");
        return spec;
    }

    /// <summary>What the data are, in words.</summary>
    public string Describe() => Strategy is { } strategy && (strategy.Extractive ?? new()) is var how
        ? FormattableString.Invariant($"{Name} version {Version.Version}: pairs drawn anew each step from corpus {Corpus!.Name} ({Corpus.DocumentCount} documents; {(how.Strategies is null ? FormattableString.Invariant($"title to body {how.TitleShare:P0}") : how.Strategies)}, sentence kept {how.KeepSentence:P0}, seed {strategy.Seed})")
        : $"{Name} version {Version.Version}: {Version.ExampleCount} stored examples ({Version.Generator})";
}

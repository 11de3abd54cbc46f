using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.TrainingFiles;

namespace ReasonIR.Portal.Datasets;

/// <summary>Dataset versions as files that other trainers read.</summary>
public sealed class DatasetExport(IDbContextFactory<ExperimentsDb> databases, DatasetStore datasets, ArtifactStore artifacts)
{
    /// <summary>A version as JSON lines, in a file that goes when it is closed; null where there is no such version.</summary>
    /// <param name="format"><c>plain</c>, <c>instruct</c>, <c>flagembedding</c> or <c>columns</c>.</param>
    /// <param name="negatives">Columns of negatives, for <c>columns</c>.</param>
    /// <exception cref="ArgumentException">The format is unknown, or cannot hold an example.</exception>
    public async Task<Stream?> WriteAsync(string dataset, int version, string format, int negatives, CancellationToken ct)
    {
        var form = format switch
        {
            "plain" => TrainingFormat.Plain,
            "instruct" => TrainingFormat.Instruct,
            "flagembedding" => TrainingFormat.FlagEmbedding,
            "columns" => TrainingFormat.Columns,
            _ => throw new ArgumentException($"format: expected plain, instruct, flagembedding or columns, found '{format}'."),
        };
        if (negatives is < 0 or > 1000)
            throw new ArgumentException($"negatives: expected 0 to 1000, found {negatives}.");
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await db.DatasetVersions.AsNoTracking().SingleOrDefaultAsync(row => row.Dataset!.Name == dataset && row.Version == version, ct) is not { } row)
            return null;
        // Whole before it is sent: an example that the form cannot hold is an error and not half a file.
        Directory.CreateDirectory(artifacts.Resolve("exports"));
        var file = new FileStream(artifacts.Resolve($"exports/{Guid.NewGuid():N}.tmp"), new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose, BufferSize = 0,
        });
        try
        {
            await using (var writer = new TrainingFileWriter(file, form, negatives))
                await foreach (var example in datasets.StreamAsync(row.Id, ct))
                    await writer.WriteAsync(Record(example), ct);
            file.Position = 0;
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>The list of ids that no corpus held when the version was imported; null where all were found.</summary>
    public Stream? Unresolved(string dataset, int version)
    {
        var path = artifacts.Resolve($"datasets/{dataset}-{version}-unresolved.tsv");
        return File.Exists(path) ? File.OpenRead(path) : null;
    }

    static TrainingRecord Record(Example example)
    {
        var metadata = example.ReadMetadata();
        return new(metadata.Line ?? 0, example.Query, example.Instruction, [.. example.Positives.Select(Text)], [.. example.Negatives.Select(Text)], metadata.Weight, metadata.Type, metadata.Reasoned);
    }

    static TrainingText Text(Passage passage) => new(passage.Text, passage.DocumentId, passage.Score, passage.Instruction);
}

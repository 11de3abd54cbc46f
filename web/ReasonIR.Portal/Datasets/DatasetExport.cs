using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Portal.Datasets.Exports;
using ReasonIR.Portal.Datasets.Reports;
using ReasonIR.Retrieval.Parquet;
using ReasonIR.Retrieval.TrainingFiles;

namespace ReasonIR.Portal.Datasets;

/// <summary>How a version is to leave.</summary>
/// <param name="Format">One of <see cref="ExportForm"/>.</param>
/// <param name="Negatives">Columns of negatives, for the forms that have columns; null: as many as every example has, 8 at most.</param>
/// <param name="Lossy">Whether columns may leave out what they cannot hold.</param>
public sealed record ExportOptions(string Format = "plain", int? Negatives = null, bool Lossy = false);

/// <summary>Dataset versions as files that other trainers read.</summary>
public sealed class DatasetExport(DatasetsService versions, DatasetStore datasets, DatasetReports reports, ArtifactStore artifacts)
{
    const int UsualMostNegatives = 8, MostNegatives = 1000;

    /// <summary>A version in a file that goes when it is closed; null where there is no such version.</summary>
    /// <exception cref="ArgumentException">The form is unknown, or cannot hold an example.</exception>
    public async Task<Stream?> WriteAsync(DatasetReference reference, ExportOptions options, CancellationToken ct)
    {
        var form = ExportForm.Of(options.Format);
        if (await versions.ResolveAsync(reference, ct) is not { } version)
            return null;
        var negatives = await NegativesAsync(version, form, options, ct);
        // Whole before it is sent: an example that the form cannot hold is an error and not half a file.
        Directory.CreateDirectory(artifacts.Resolve("exports"));
        var file = new FileStream(artifacts.Resolve($"exports/{Guid.NewGuid():N}.tmp"), new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose, BufferSize = 0,
        });
        try
        {
            if (form.Parquet)
                await WriteParquetAsync(file, version, form, negatives, options.Lossy, ct);
            else
                await WriteLinesAsync(file, version, form, negatives, options.Lossy, ct);
            file.Position = 0;
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Columns of negatives that a form has for a version; 0 for forms without columns.</summary>
    /// <exception cref="ArgumentException">The number cannot be meant.</exception>
    public async Task<int> NegativesAsync(DatasetVersion version, ExportForm form, ExportOptions options, CancellationToken ct)
    {
        if (options.Negatives is < 0 or > MostNegatives)
            throw new ArgumentException($"negatives: expected 0 to {MostNegatives}, found {options.Negatives}.");
        if (!form.Columns)
            return 0;
        return options.Negatives ?? Math.Min(UsualMostNegatives, (await reports.ReadAsync(version, ct)).LeastNegatives);
    }

    /// <summary>The list of ids that no corpus held when the version was imported; null where all were found.</summary>
    public Stream? Unresolved(string dataset, int version)
    {
        var path = artifacts.Resolve($"datasets/{dataset}-{version}-unresolved.tsv");
        return File.Exists(path) ? File.OpenRead(path) : null;
    }

    async Task WriteLinesAsync(Stream file, DatasetVersion version, ExportForm form, int negatives, bool lossy, CancellationToken ct)
    {
        var rows = new ColumnRows(negatives, lossy);
        await using var writer = new TrainingFileWriter(file, form.Lines, negatives);
        await foreach (var example in datasets.StreamAsync(version.Id, ct))
            foreach (var record in form.Columns ? rows.Of(Record(example)) : [Record(example)])
                await writer.WriteAsync(record, ct);
    }

    async Task WriteParquetAsync(Stream file, DatasetVersion version, ExportForm form, int negatives, bool lossy, CancellationToken ct)
    {
        var rows = new ColumnRows(negatives, lossy);
        var buffered = new BufferedStream(file, 1 << 16);
        var writer = new ParquetFileWriter(buffered, form.Columns ? ParquetExamples.ColumnFields(negatives) : ParquetExamples.Fields);
        await foreach (var example in datasets.StreamAsync(version.Id, ct))
            if (form.Columns)
                foreach (var record in rows.Of(Record(example)))
                    writer.Write(ParquetExamples.Row(record));
            else
                writer.Write(ParquetExamples.Row(example));
        writer.Complete();
    }

    static TrainingRecord Record(Example example)
    {
        var metadata = example.TryReadMetadata();
        return new(metadata.Line ?? 0, example.Query, example.Instruction, [.. example.Positives.Select(Text)], [.. example.Negatives.Select(Text)], metadata.Weight, metadata.Type, metadata.Reasoned);
    }

    static TrainingText Text(Passage passage) => new(passage.Text, passage.DocumentId, passage.Score, passage.Instruction);
}

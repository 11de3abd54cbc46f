using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Collections;
using ReasonIR.Retrieval.TrainingFiles;

namespace ReasonIR.Trainer.Importing;

/// <summary>Training files, uploaded or from the hub, become a sealed dataset version, in one transaction: an error leaves everything as it was.</summary>
public sealed class ImportDatasetHandler(ArtifactStore artifacts, DocumentStore documents, DatasetStore datasets, HubFileFetcher hub) : IRunHandler
{
    /// <summary>Records that are resolved and stored at a time.</summary>
    const int Batch = 500;

    /// <summary>Unresolved ids that the log names; the list names all.</summary>
    const int Named = 20;

    const string Generator = "import";

    /// <inheritdoc/>
    public string Kind => RunKinds.ImportDataset;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<ImportDatasetSpec>();
        RunSpecs.ThrowIfInvalid(Kind, spec);
        var corpora = await CorporaAsync(run, spec, cancellation);
        var folder = spec.Hub is null ? artifacts.Resolve($"uploads/{spec.UploadId}") : Path.Combine(run.WorkFolder, "hub");
        // With an output the version is there: an earlier attempt died while it cleared away.
        var done = run.Checkpoint<ImportProgress>();
        if (done?.Output is null && spec.Hub is not null)
            done = await hub.FetchAsync(run, spec.Hub, folder, done, cancellation);
        var output = done?.Output ?? (await run.SaveCheckpointAsync(async db => new ImportProgress(done?.Commit, done?.License, await ReadAsync(run, db, spec, folder, corpora, done, cancellation)), cancellation)).Output!;
        foreach (var corpus in corpora)
            await run.LinkAsync(LinkDirection.Input, "corpus", corpus.Id, corpus.Name, cancellation);
        await using (var db = await run.ReadAsync(cancellation))
            await run.LinkAsync(LinkDirection.Output, "dataset", await db.DatasetVersions.Where(row => row.RunId == run.RunId).Select(row => row.Id).SingleAsync(cancellation), spec.Dataset, cancellation);
        await run.LogAsync($"{spec.Dataset} version {output.Version}: {output.Examples:N0} examples, {output.Positives:N0} positives, {output.Negatives:N0} hard negatives.");
        if (output.BlankNegatives > 0)
            await run.LogAsync(RunLogLevel.Warning, $"{output.BlankNegatives:N0} negatives without text were left out.");
        await run.SetOutputAsync(output, cancellation);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    static List<string> Files(ImportDatasetSpec spec, string folder)
    {
        if (!Directory.Exists(folder))
            throw new ArgumentException($"uploadId: there is no upload '{spec.UploadId}'; its files may have been taken by an earlier import.");
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new ArgumentException($"uploadId: the upload '{spec.UploadId}' holds no file.");
    }

    async Task<ImportDatasetOutput> ReadAsync(
        RunContext run, ExperimentsDb db, ImportDatasetSpec spec, string folder, IReadOnlyList<Corpus> corpora, ImportProgress? from, CancellationToken cancellation)
    {
        var files = Files(spec, folder);
        var resolver = new DocumentResolver(documents, [.. corpora.Select(corpus => corpus.Id)]);
        var made = JsonSerializer.SerializeToNode(spec, ReasonIrJson.Web)!.AsObject();
        if (from?.Commit is not null)
            (made["commit"], made["license"]) = (from.Commit, from.License);
        made["files"] = new JsonArray([.. files]);
        made["sources"] = new JsonArray([.. corpora.Select(corpus => new JsonObject { ["corpus"] = corpus.Name, ["contentHash"] = corpus.ContentHash })]);
        var version = await datasets.OpenVersionAsync(db, spec.Dataset, DatasetKind.Examples, Generator, made.ToJsonString(), corpora is [var only] ? only.Id : null, run.RunId, cancellation);
        if (spec.Description is not null)
            await db.Datasets.Where(row => row.Id == version.DatasetId).ExecuteUpdateAsync(set => set.SetProperty(row => row.Description, PostgresText.Clean(spec.Description)), cancellation);
        var counts = new Counts();
        foreach (var file in files)
            try
            {
                await using var stream = new FileStream(Path.Combine(folder, file), FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
                var waiting = new List<FileRecord>(Batch);
                counts.Files[file] = 0;
                await foreach (var record in TrainingFileReader.ReadAsync(stream, file, Options(spec), cancellation: cancellation))
                {
                    waiting.Add(new(file, record));
                    if (waiting.Count == Batch)
                        await StoreAsync(waiting, file);
                }
                await StoreAsync(waiting, file);
            }
            catch (CollectionFormatException e)
            {
                throw new InvalidDataException(e.Message, e);
            }
        if (counts.Examples == 0)
            throw new InvalidDataException(resolver.LeftOut > 0
                ? $"None of the {resolver.LeftOut:N0} examples has a positive in {string.Join(", ", corpora.Select(corpus => corpus.Name))}, e.g. '{resolver.Unresolved[0].Id}' ({resolver.Unresolved[0].File}, line {resolver.Unresolved[0].Line})."
                : "The files hold no example.");
        version = await datasets.SealAsync(db, version.Id, cancellation);
        if (resolver.Unresolved.Count > 0)
            await ListAsync(run, spec, version.Version, resolver, cancellation);
        return new(spec.Dataset, version.Version, version.ExampleCount, counts.Positives, counts.Negatives, counts.Files, resolver.Unresolved.Count, resolver.LeftOut, counts.Blank);

        async Task StoreAsync(List<FileRecord> waiting, string file)
        {
            if (waiting.Count == 0)
                return;
            var examples = await resolver.ResolveAsync(waiting, Generator, spec.Instruction, cancellation);
            if (examples.Count > 0)
                await datasets.AppendAsync(db, version.Id, examples, cancellation);
            counts.Files[file] += examples.Count;
            counts.Positives += examples.Sum(example => example.Positives.Count);
            counts.Negatives += examples.Sum(example => example.Negatives.Count);
            counts.Blank += waiting.Sum(one => one.Record.Blank);
            waiting.Clear();
            await run.ReportProgressAsync(null, $"{counts.Examples:N0} examples");
        }
    }

    sealed class Counts
    {
        public SortedDictionary<string, int> Files { get; } = new(StringComparer.Ordinal);
        public long Positives, Negatives, Blank;
        public int Examples => Files.Values.Sum();
    }

    static TrainingFileOptions Options(ImportDatasetSpec spec) => new(
        spec.Format switch
        {
            "plain" => TrainingFormat.Plain,
            "instruct" => TrainingFormat.Instruct,
            "flagembedding" => TrainingFormat.FlagEmbedding,
            "columns" => TrainingFormat.Columns,
            _ => TrainingFormat.Auto,
        },
        spec.Positives == "ids", spec.Negatives == "ids", spec.Columns is { } names ? new(names.Query, names.Positive, names.Negative) : null);

    static async Task<IReadOnlyList<Corpus>> CorporaAsync(RunContext run, ImportDatasetSpec spec, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var names = spec.Corpora ?? [];
        var rows = await db.Corpora.AsNoTracking().Where(row => names.Contains(row.Name)).ToListAsync(cancellation);
        return [.. names.Distinct().Select(name => rows.SingleOrDefault(row => row.Name == name) ?? throw new ArgumentException($"corpora: there is no corpus '{name}'; import it first."))];
    }

    /// <summary>Says what could not be found: all of it in a file, the first few in the log.</summary>
    async Task ListAsync(RunContext run, ImportDatasetSpec spec, int version, DocumentResolver resolver, CancellationToken cancellation)
    {
        await using var writer = artifacts.OpenWrite($"datasets/{spec.Dataset}-{version}-unresolved.tsv");
        await using (var text = new StreamWriter(writer.Stream, new UTF8Encoding(false), leaveOpen: true))
        {
            await text.WriteAsync("file\tline\tfield\tid\n");
            foreach (var (file, line, field, id) in resolver.Unresolved)
                await text.WriteAsync($"{file}\t{line}\t{field}\t{id}\n");
        }
        var artifact = await writer.CommitAsync("unresolved-ids", run, cancellation);
        await run.LinkAsync(LinkDirection.Output, "artifact", artifact.Id, "unresolved", cancellation);
        await run.LogAsync(RunLogLevel.Warning, $"{resolver.Unresolved.Count:N0} ids are in none of {string.Join(", ", spec.Corpora!)}; {resolver.LeftOut:N0} examples without any other positive were left out. {artifact.Path} lists all of them:");
        foreach (var (file, line, field, id) in resolver.Unresolved.Take(Named))
            await run.LogAsync(RunLogLevel.Warning, $"{file}, line {line}, {field}: '{id}'");
    }
}

using System.CommandLine;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>dataset import</c>, <c>dataset export</c>, <c>dataset card</c>, <c>dataset unresolved</c>: training files in and out.</summary>
public static class DatasetFileVerbs
{
    /// <summary>The verbs.</summary>
    public static IEnumerable<Command> Create() => [Import(), Export(), Card(), Unresolved()];

    static Command Import()
    {
        var name = new Argument<string>("name") { Description = "The dataset; one that exists gets a new version." };
        var files = new Argument<string[]>("file") { Description = "JSON lines, plain or gzip; folders are taken whole. With --hub: paths in the repository, * and ? stand for letters.", Arity = ArgumentArity.OneOrMore };
        var hub = new Option<string?>("--hub") { Description = "A data set of the hub that HF_ENDPOINT names, ORG/NAME[@revision], in place of local files." };
        var format = new Option<string>("--format") { Description = "auto, plain, instruct, flagembedding or columns.", DefaultValueFactory = _ => "auto" };
        var query = new Option<string?>("--query") { Description = "The column of the query (columns)." };
        var positive = new Option<string?>("--positive") { Description = "The column of the positive (columns)." };
        var negative = new Option<string?>("--negative") { Description = "The column of the negative (columns)." };
        var positives = new Option<string>("--positives") { Description = "texts, or ids: documents of the corpora.", DefaultValueFactory = _ => "texts" };
        var negatives = new Option<string>("--negatives") { Description = "texts, or ids.", DefaultValueFactory = _ => "texts" };
        var corpora = new Option<string[]>("--corpus") { Description = "Where ids are looked up; may be given several times.", DefaultValueFactory = _ => [] };
        var instruction = new Option<string?>("--instruction") { Description = "Of queries that bring none." };
        var description = new Option<string?>("--description") { Description = "What the dataset is." };
        return new Command("import", "Makes training files a dataset version: local ones, which are streamed up, or those of the hub.")
        {
            name, files, hub, format, query, positive, negative, positives, negatives, corpora, instruction, description,
        }.Does(async (parse, session, ct) =>
        {
            var usual = new TrainingColumnNames();
            var columns = parse.GetValue(query) is null && parse.GetValue(positive) is null && parse.GetValue(negative) is null ? null
                : new TrainingColumnNames(parse.GetValue(query) ?? usual.Query, parse.GetValue(positive) ?? usual.Positive, parse.GetValue(negative) ?? usual.Negative);
            var paths = parse.GetValue(files)!;
            var spec = new ImportDatasetSpec(
                parse.GetValue(name)!, parse.GetValue(hub) is null ? Guid.Empty.ToString("N") : null, columns is not null && parse.GetValue(format) == "auto" ? "columns" : parse.GetValue(format)!, columns, parse.GetValue(positives)!, parse.GetValue(negatives)!,
                parse.GetValue(corpora) is { Length: > 0 } named ? named : null, parse.GetValue(instruction), parse.GetValue(description),
                parse.GetValue(hub) ?? string.Join(", ", paths.Select(path => Path.GetFileName(Path.TrimEndingDirectorySeparator(path)))), parse.GetValue(hub) is { } repository ? new(repository, paths) : null);
            // Checked before anything is sent.
            RunSpecs.ThrowIfInvalid(RunKinds.ImportDataset, spec);
            return await RunVerbs.StartAsync(parse, session, spec.Hub is null ? spec with { UploadId = await Uploader.UploadAsync(session.Client, paths, ct) } : spec, ct);
        });
    }

    static Command Export()
    {
        var (reference, folder) = (DatasetVerbs.Reference(), new Argument<DirectoryInfo>("folder") { Description = "Gets train.jsonl or train.parquet, and README.md." });
        var (format, negatives, lossy) = Form();
        return new Command("export", "Writes a dataset version with its card into a folder.") { reference, folder, format, negatives, lossy }.Does(async (parse, session, ct) =>
        {
            var version = await session.Datasets.FindAsync(parse.GetValue(reference), ct);
            var (form, columns, loses) = (parse.GetValue(format)!, parse.GetValue(negatives), parse.GetValue(lossy));
            var card = await session.Datasets.CardAsync(version, form, columns, loses, ct);
            var target = parse.GetValue(folder)!;
            target.Create();
            var file = Path.Combine(target.FullName, form.EndsWith("parquet", StringComparison.Ordinal) ? "train.parquet" : "train.jsonl");
            // Under another name until it is whole.
            await using (var content = await session.Datasets.ExportAsync(version, form, columns, loses, ct))
            await using (var written = File.Create(file + ".part"))
                await content.CopyToAsync(written, ct);
            File.Move(file + ".part", file, overwrite: true);
            await File.WriteAllTextAsync(Path.Combine(target.FullName, "README.md"), card, ct);
            Console.WriteLine($"{version.Dataset}@{version.Version}: {file}, README.md");
            return 0;
        }, json: false);
    }

    static Command Card()
    {
        var reference = DatasetVerbs.Reference();
        var (format, negatives, lossy) = Form();
        return new Command("card", "Prints the card of a dataset version.") { reference, format, negatives, lossy }.Does(async (parse, session, ct) =>
        {
            Console.Out.Write(await session.Datasets.CardAsync(await session.Datasets.FindAsync(parse.GetValue(reference), ct), parse.GetValue(format)!, parse.GetValue(negatives), parse.GetValue(lossy), ct));
            return 0;
        }, json: false);
    }

    static (Option<string> Format, Option<int?> Negatives, Option<bool> Lossy) Form() => (
        new("--format") { Description = "jsonl, instruct, flagembedding, st (anchor, positive, negatives), parquet (everything) or st-parquet.", DefaultValueFactory = _ => "jsonl" },
        new("--negatives") { Description = "st: columns of negatives (default: as many as every example has, 8 at most)." },
        new("--lossy") { Description = "st: leave out what columns of texts cannot hold, in place of an error." });

    static Command Unresolved()
    {
        var (name, version) = Version();
        return new Command("unresolved", "Lists the ids that no corpus held when a version was imported, as TSV.") { name, version }.Does(async (parse, session, ct) =>
        {
            await using var content = await session.Datasets.UnresolvedAsync(parse.GetValue(name)!, parse.GetValue(version), ct);
            await using var target = Console.OpenStandardOutput();
            await content.CopyToAsync(target, ct);
            return 0;
        }, json: false);
    }

    static (Argument<string>, Argument<int>) Version() =>
        (new("dataset") { Description = "The dataset." }, new("version") { Description = "Its version." });
}

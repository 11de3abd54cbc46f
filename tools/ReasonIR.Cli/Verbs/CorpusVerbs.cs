using System.CommandLine;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Cli.Verbs;

/// <summary>Corpora: import, list, look into, delete.</summary>
public static class CorpusVerbs
{
    /// <summary><c>import NAME PATH</c>.</summary>
    public static Command Import()
    {
        var name = new Argument<string>("name") { Description = "What the corpus is called." };
        var path = new Argument<string[]>("path") { Description = "A file, or a folder: BEIR, BRIGHT (JSON lines or Parquet), .jsonl, .csv, .tsv, .txt, .md. With --hub: paths in the repository, * and ? stand for letters.", Arity = ArgumentArity.OneOrMore };
        var hub = new Option<string?>("--hub") { Description = "A data set of the hub that HF_ENDPOINT names, ORG/NAME[@revision], in place of local files." };
        var task = new Option<string?>("--task") { Description = "The task of a BRIGHT folder that holds several (bright-parquet)." };
        var longDocuments = new Option<bool>("--long") { Description = "The long documents with their judgments (bright-parquet)." };
        var format = new Option<string>("--format") { Description = "auto, beir, bright, beir-parquet, bright-parquet, jsonl, csv, tsv or folder.", DefaultValueFactory = _ => "auto" };
        var id = new Option<string?>("--id") { Description = "The column of the id (jsonl, csv, tsv)." };
        var text = new Option<string?>("--text") { Description = "The column of the text (jsonl, csv, tsv)." };
        var title = new Option<string?>("--title") { Description = "The column of the title (jsonl, csv, tsv)." };
        var description = new Option<string?>("--description") { Description = "What the corpus is." };
        return new Command("import", "Streams documents, queries and judgments up and makes them a corpus.") { name, path, hub, task, longDocuments, format, id, text, title, description }.Does(async (parse, session, ct) =>
        {
            var paths = parse.GetValue(path)!;
            var repository = parse.GetValue(hub);
            if (repository is null && paths.Length != 1)
                throw new ArgumentException($"path: expected one file or folder, found {paths.Length}.");
            var columns = parse.GetValue(id) is null && parse.GetValue(text) is null && parse.GetValue(title) is null
                ? null
                : new ColumnNames(parse.GetValue(id) ?? "id", parse.GetValue(text) ?? "text", parse.GetValue(title));
            var spec = new ImportSpec(
                parse.GetValue(name)!, repository is null ? Guid.Empty.ToString("N") : null, parse.GetValue(format)!, columns, parse.GetValue(description),
                repository ?? paths[0], repository is null ? null : [new(repository, paths)], parse.GetValue(task), parse.GetValue(longDocuments));
            // Checked before anything is sent.
            RunSpecs.ThrowIfInvalid(RunKinds.Import, spec);
            return await RunVerbs.StartAsync(parse, session, repository is null ? spec with { UploadId = await Uploader.UploadAsync(session.Client, paths[0], ct) } : spec, ct);
        });
    }

    /// <summary><c>corpora</c>.</summary>
    public static Command List() => new Command("corpora", "Lists the corpora.").Does(async (parse, session, ct) =>
        Printer.Print(parse, await session.Client.CorporaAsync(ct), corpora =>
        {
            var table = Printer.Table("corpus", "#documents", "#duplicates", "query sets", "indexes");
            foreach (var corpus in corpora)
                table.Row(corpus.Name, corpus.Documents, corpus.Duplicates, string.Join(", ", corpus.QuerySets.Select(set => $"{set.Name} ({set.Judged})")),
                    string.Join(", ", corpus.Indexes.Where(index => index.Current).Select(index => index.Model ?? index.Kind)));
            return table;
        }));

    /// <summary><c>documents NAME</c>.</summary>
    public static Command Documents()
    {
        var name = new Argument<string>("name") { Description = "The corpus." };
        var search = new Option<string?>("--search") { Description = "Only documents that hold these words." };
        var take = new Option<int>("--take") { Description = "How many.", DefaultValueFactory = _ => 20 };
        return new Command("documents", "Shows documents of a corpus.") { name, search, take }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Client.DocumentsAsync(parse.GetValue(name)!, parse.GetValue(search), 0, parse.GetValue(take), ct), page =>
            {
                var table = Printer.Table("id", "title", "text");
                foreach (var document in page.Items)
                    table.Row(document.Id, document.Title, document.Text.Length > 160 ? document.Text[..160] + "…" : document.Text);
                return table;
            }));
    }

    /// <summary><c>delete-corpus NAME</c>.</summary>
    public static Command Delete()
    {
        var name = new Argument<string>("name") { Description = "The corpus." };
        return new Command("delete-corpus", "Removes a corpus with its queries, judgments, indexes and results.") { name }.Does(async (parse, session, ct) =>
        {
            await session.Client.DeleteCorpusAsync(parse.GetValue(name)!, ct);
            return 0;
        });
    }
}

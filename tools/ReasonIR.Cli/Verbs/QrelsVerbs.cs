using System.CommandLine;
using ReasonIR.Cli.Output;

namespace ReasonIR.Cli.Verbs;

/// <summary>Judgments as files in TREC's form.</summary>
public static class QrelsVerbs
{
    /// <summary><c>qrels CORPUS SET</c>.</summary>
    public static Command Export()
    {
        var (corpus, set) = Place();
        return new Command("qrels", "Writes the judgments of a query set to standard output, in TREC's form: query 0 document grade.") { corpus, set }.Does(async (parse, session, ct) =>
        {
            await Console.Out.WriteAsync(await session.Comparison.QrelsAsync(parse.GetValue(corpus)!, parse.GetValue(set)!, ct));
            return 0;
        });
    }

    /// <summary><c>import-qrels CORPUS SET FILE</c>.</summary>
    public static Command Import()
    {
        var (corpus, set) = Place();
        var file = new Argument<FileInfo>("file") { Description = "Judgments in TREC's form, plain or gzip." };
        var author = new Option<string>("--author") { Description = "Who judged.", DefaultValueFactory = _ => Environment.UserName };
        var note = new Option<string?>("--note") { Description = "Why." };
        return new Command("import-qrels", "Makes the judgments of a file those of a query set, all or none; what the file does not name stays.") { corpus, set, file, author, note }.Does(async (parse, session, ct) =>
        {
            var path = parse.GetValue(file)!;
            await using var stream = path.OpenRead();
            var answer = await session.Comparison.ImportQrelsAsync(parse.GetValue(corpus)!, parse.GetValue(set)!, stream, path.Name, parse.GetValue(author)!, parse.GetValue(note), ct);
            return Printer.Print(parse, answer, done => Printer.Table("#changed", "#version").Row(done.Changed, done.Version));
        });
    }

    static (Argument<string> Corpus, Argument<string> Set) Place() =>
        (new("corpus") { Description = "The corpus." }, new("query-set") { Description = "The query set." });
}

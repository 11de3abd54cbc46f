using System.CommandLine;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Pipelines;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>rewrites import|list</c>.</summary>
public static class RewriteVerbs
{
    /// <summary>The verbs.</summary>
    public static Command Create() => new("rewrites", "Stored rewrites of queries.") { Import(), List() };

    static Command Import()
    {
        var name = new Argument<string>("name") { Description = "The set's name, which pipelines use." };
        var file = new Argument<FileInfo>("file") { Description = "JSON: {\"query or its id\": \"rewrite\"}." };
        return new Command("import", "Stores a set of rewrites.") { name, file }.Does(async (parse, session, ct) =>
        {
            await using var content = parse.GetValue(file)!.OpenRead();
            return Printer.Print(parse, await session.Client.ImportRewritesAsync(parse.GetValue(name)!, content, ct), set => Table([set]));
        });
    }

    static Command List() => new Command("list", "Lists the sets of rewrites.").Does(async (parse, session, ct) => Printer.Print(parse, await session.Client.RewritesAsync(ct), Table));

    static Spectre.Console.Table Table(IReadOnlyList<RewriteSetInfo> sets)
    {
        var table = Printer.Table("set", "#rewrites", "content");
        foreach (var set in sets)
            table.Row(set.Name, set.Rewrites, set.Hash[..12]);
        return table;
    }
}

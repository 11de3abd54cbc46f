using System.CommandLine;
using System.Globalization;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Judging;

namespace ReasonIR.Cli.Verbs;

/// <summary>Pools of unjudged documents, judgments and their history.</summary>
public static class JudgingVerbs
{
    /// <summary><c>pool RESULT...</c>.</summary>
    public static Command Pool()
    {
        var results = new Argument<long[]>("results") { Description = "Numbers of results over one query set.", Arity = ArgumentArity.OneOrMore };
        var depth = new Option<int>("--depth") { Description = "How many of each ranking are pooled.", DefaultValueFactory = _ => 10 };
        var skip = new Option<int>("--skip") { Description = "Documents to leave out.", DefaultValueFactory = _ => 0 };
        var take = new Option<int>("--take") { Description = "Documents to show, at most 200.", DefaultValueFactory = _ => 50 };
        return new Command("pool", "Shows documents that results rank near the top and nobody judged.") { results, depth, skip, take }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Comparison.PoolAsync(parse.GetValue(results)!, parse.GetValue(depth), parse.GetValue(skip), parse.GetValue(take), ct), pool =>
            {
                foreach (var system in pool.Systems)
                    Console.WriteLine(FormattableString.Invariant($"{system.System} (result {system.ResultId}): {system.Judged:P1} of the first {pool.Depth} judged"));
                Console.WriteLine($"{pool.Total:N0} documents of {pool.Corpus}/{pool.QuerySet} to judge.");
                var table = Printer.Table("query", "document", "title", "ranks", "text of the query");
                foreach (var item in pool.Items)
                    table.Row(item.QueryId, item.DocumentId, item.Title, string.Join(" ", item.Ranks.Select(rank => rank == 0 ? "-" : rank.ToString(CultureInfo.InvariantCulture))), item.QueryText.Length > 80 ? item.QueryText[..80] + "…" : item.QueryText);
                return table;
            }));
    }

    /// <summary><c>judge CORPUS SET QUERY DOCUMENT GRADE</c>.</summary>
    public static Command Judge()
    {
        var corpus = new Argument<string>("corpus") { Description = "The corpus." };
        var set = new Argument<string>("query-set") { Description = "The query set." };
        var query = new Argument<string>("query") { Description = "The query's id." };
        var document = new Argument<string>("document") { Description = "The document's id." };
        var grade = new Argument<string>("grade") { Description = "0 is not relevant, higher is better; none withdraws the judgment." };
        var author = new Option<string>("--author") { Description = "Who judges.", DefaultValueFactory = _ => Environment.UserName };
        var note = new Option<string?>("--note") { Description = "Why." };
        return new Command("judge", "Changes a judgment; the change is kept with its author, and makes a new version of the query set.") { corpus, set, query, document, grade, author, note }.Does(async (parse, session, ct) =>
        {
            var value = parse.GetValue(grade)!;
            int? number = value == "none" ? null : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : throw new ArgumentException($"grade: expected a whole number or none, found '{value}'.");
            var request = new JudgeRequest([new(parse.GetValue(query)!, parse.GetValue(document)!, number)], parse.GetValue(author)!, parse.GetValue(note));
            return Printer.Print(parse, await session.Comparison.JudgeAsync(parse.GetValue(corpus)!, parse.GetValue(set)!, request, ct), answer => Printer.Table("#changed", "#version").Row(answer.Changed, answer.Version));
        });
    }

    /// <summary><c>judgments CORPUS SET</c>.</summary>
    public static Command History()
    {
        var corpus = new Argument<string>("corpus") { Description = "The corpus." };
        var set = new Argument<string>("query-set") { Description = "The query set." };
        var take = new Option<int>("--take") { Description = "How many, at most 200.", DefaultValueFactory = _ => 50 };
        return new Command("judgments", "Shows who changed which judgment, newest first.") { corpus, set, take }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Comparison.JudgmentHistoryAsync(parse.GetValue(corpus)!, parse.GetValue(set)!, 0, parse.GetValue(take), ct), page =>
            {
                var table = Printer.Table("#version", "when", "who", "query", "document", "from", "to", "note");
                foreach (var edit in page.Items)
                    table.Row(edit.Version, edit.At.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), edit.Author, edit.QueryId, edit.DocumentId, edit.OldGrade?.ToString(CultureInfo.InvariantCulture) ?? "-", edit.NewGrade?.ToString(CultureInfo.InvariantCulture) ?? "-", edit.Note);
                return table;
            }));
    }
}

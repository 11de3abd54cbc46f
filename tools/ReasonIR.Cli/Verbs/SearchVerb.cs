using System.CommandLine;
using ReasonIR.Cli.Output;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>search CORPUS QUERY</c>.</summary>
public static class SearchVerb
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var corpus = new Argument<string>("corpus") { Description = "The corpus." };
        var query = new Argument<string>("query") { Description = "The query." };
        var top = new Option<int>("--top") { Description = "Documents wanted.", DefaultValueFactory = _ => 10 };
        var filter = new Option<string[]>("--filter") { Description = "Only documents whose metadata fit: KEY=A,B or KEY!=A,B or KEY=FROM..TO; can be repeated." };
        var explain = new Option<bool>("--explain") { Description = "Show what each term adds to a BM25 score, and what each stage of a pipeline gave." };
        var system = new SystemOptions();
        return system.AddTo(new Command("search", "Searches a corpus.") { corpus, query, top, filter, explain }).Does(async (parse, session, ct) =>
        {
            var response = await session.Client.SearchAsync(new(parse.GetValue(corpus)!, parse.GetValue(query)!, system.Read(parse), parse.GetValue(top), Explain: parse.GetValue(explain), Filter: FilterOption.Read(parse.GetValue(filter))), ct);
            if (parse.GetValue(explain) && !parse.GetValue(Options.Json))
            {
                StagePrinter.Write(response.Stages, Console.Out);
                ExplanationPrinter.Write(response.Hits, Console.Out);
            }
            return Printer.Print(parse, response, answer =>
            {
                var table = Printer.Table("#", "#score", "document", "title", "text");
                foreach (var hit in answer.Hits)
                {
                    var text = hit.Passage?.Text ?? hit.Text;
                    var document = hit.Passage is { Of: > 1 } passage ? $"{hit.DocumentId} ({passage.Number} of {passage.Of})" : hit.DocumentId;
                    table.Row(hit.Rank, hit.Score.ToString("0.0000"), document, hit.Title, text.Length > 140 ? text[..140] + "…" : text);
                }
                return table;
            });
        });
    }
}

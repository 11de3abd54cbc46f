using System.CommandLine;
using System.Globalization;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Spending;

namespace ReasonIR.Cli.Verbs;

/// <summary>What language models took, and their prices.</summary>
public static class SpendingVerbs
{
    /// <summary><c>spending</c>.</summary>
    public static Command Spending()
    {
        var by = new Option<string>("--by") { Description = $"What the rows stand for: {string.Join(", ", SpendingInfo.Groupings)}.", DefaultValueFactory = _ => "day" };
        var from = new Option<DateOnly?>("--from") { Description = "The first day, UTC (default: 30 days up to the last one)." };
        var to = new Option<DateOnly?>("--to") { Description = "The last day (default: today)." };
        var run = new Option<long?>("--run") { Description = "Only what this run paid." };
        var calls = new Option<bool>("--calls") { Description = "Show single answers, newest first, instead of sums." };
        var take = new Option<int>("--take") { Description = "Answers to show, at most 200.", DefaultValueFactory = _ => 50 };
        return new Command("spending", "Shows what language models took: answers, tokens and cost.") { by, from, to, run, calls, take }.Does(async (parse, session, ct) =>
        {
            if (parse.GetValue(calls))
                return Printer.Print(parse, await session.Spending.CallsAsync(parse.GetValue(run), null, 0, parse.GetValue(take), ct), page =>
                {
                    var table = Printer.Table("#id", "when", "run", "purpose", "model", "#in", "#out", "#cost", "#seconds", "end", "answer");
                    foreach (var call in page.Items)
                        table.Row(
                            call.Id, call.At.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), call.RunId?.ToString(CultureInfo.InvariantCulture) ?? "-", call.Purpose, call.Model, call.InputTokens,
                            call.OutputTokens, Amount(call.Cost), call.Seconds.ToString("0.0", CultureInfo.InvariantCulture), call.Refused ? "refused" : call.FinishReason,
                            call.Text.ReplaceLineEndings(" ") is var text && text.Length > 60 ? text[..60] + "…" : text);
                    return table;
                });
            return Printer.Print(parse, await session.Spending.SpendingAsync(parse.GetValue(by)!, parse.GetValue(from), parse.GetValue(to), parse.GetValue(run), ct), spending =>
            {
                Console.WriteLine(FormattableString.Invariant($"{spending.From:yyyy-MM-dd} to {spending.To:yyyy-MM-dd}: {Amount(spending.Total.Cost)} for {spending.Total.Calls:N0} answers. Today: {Amount(spending.Today)}{(spending.Held > 0 ? $", at most {Amount(spending.Held)} under way" : "")}."));
                var table = Printer.Table(spending.By, "#cost", "#answers", "#tokens in", "#tokens out", "#thoughts", "#in batches", "#repairs");
                foreach (var row in spending.Rows)
                    table.Row(row.Key.Length > 0 ? row.Key : "-", Amount(row.Cost), row.Calls, row.InputTokens, row.OutputTokens, row.ReasoningTokens, row.Batched, row.Repairs);
                return table;
            });
        });
    }

    /// <summary><c>prices [set|remove]</c>.</summary>
    public static Command Prices() => new Command("prices", "Shows the price table of language models: a million tokens, each price from a day on.") { Set(), Remove() }
        .Does(async (parse, session, ct) => Printer.Print(parse, await session.Spending.PricesAsync(ct), Table));

    static Command Set()
    {
        var model = new Argument<string>("model") { Description = "The model's name as the endpoint knows it." };
        var input = new Option<decimal>("--input") { Description = "A million input tokens.", Required = true };
        var output = new Option<decimal>("--output") { Description = "A million output tokens.", Required = true };
        var cached = new Option<decimal?>("--cached-input") { Description = "A million input tokens that the server had in its cache (default: as other input)." };
        var from = new Option<DateOnly?>("--from") { Description = "The first day it holds, UTC (default: today)." };
        var note = new Option<string?>("--note") { Description = "Where it is from." };
        return new Command("set", "Sets a model's price from a day on; one of the same day is replaced. What was paid keeps the price of its day.") { model, input, output, cached, from, note }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Spending.SetPriceAsync(
                new(parse.GetValue(model)!, parse.GetValue(input), parse.GetValue(output), parse.GetValue(from), parse.GetValue(cached), parse.GetValue(note)), ct), price => Table([price])));
    }

    static Command Remove()
    {
        var id = new Argument<long>("id") { Description = "The price's number." };
        return new Command("remove", "Takes a price out.") { id }.Does(async (parse, session, ct) =>
        {
            await session.Spending.RemovePriceAsync(parse.GetValue(id), ct);
            return 0;
        });
    }

    static Spectre.Console.Table Table(IReadOnlyList<PriceInfo> prices)
    {
        var table = Printer.Table("#id", "model", "from", "#input", "#cached input", "#output", "holds today", "note");
        foreach (var price in prices)
            table.Row(
                price.Id, price.Model, price.ValidFrom.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Amount(price.Input), price.CachedInput is { } cached ? Amount(cached) : "as input", Amount(price.Output),
                price.Current ? "yes" : "", price.Note);
        return table;
    }

    static string Amount(decimal amount) => amount.ToString("0.00####", CultureInfo.InvariantCulture);
}

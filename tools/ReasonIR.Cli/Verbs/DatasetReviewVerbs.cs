using System.CommandLine;
using System.Globalization;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Datasets;
using Spectre.Console;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>dataset review</c>, <c>dataset reviews</c>, <c>dataset agreement</c>, <c>dataset apply-reviews</c>: what people say of examples.</summary>
public static class DatasetReviewVerbs
{
    /// <summary>The verbs.</summary>
    public static IEnumerable<Command> Create() => [Review(), Reviews(), Agreement(), Apply()];

    static Command Review()
    {
        var reference = DatasetVerbs.Reference();
        var author = new Option<string>("--author") { Description = "Who reviews.", Required = true };
        var accept = new Option<int[]>("--accept") { Description = "Numbers of examples.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var reject = new Option<int[]>("--reject") { Description = "Numbers of examples.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var clear = new Option<int[]>("--clear") { Description = "Numbers of examples of which all that this reviewer said is taken back.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var tags = new Option<string[]>("--tag") { Description = "Of all of them.", DefaultValueFactory = _ => [] };
        var query = new Option<string?>("--query") { Description = "The query in place of the example's; for one example." };
        var note = new Option<string?>("--note") { Description = "Why." };
        return new Command("review", "Accepts, rejects, tags or edits examples.") { reference, author, accept, reject, clear, tags, query, note }.Does(async (parse, session, ct) =>
        {
            var (edit, labels, why) = (parse.GetValue(query) is { } text ? new ExampleEdit(text) : null, parse.GetValue(tags)!, parse.GetValue(note));
            IReadOnlyList<ReviewItem> items =
            [
                .. parse.GetValue(accept)!.Select(ordinal => new ReviewItem(ordinal, "accepted", edit, labels, why)), .. parse.GetValue(reject)!.Select(ordinal => new ReviewItem(ordinal, "rejected", edit, labels, why)),
                .. parse.GetValue(clear)!.Select(ordinal => new ReviewItem(ordinal, null)),
            ];
            if (edit is not null && items.Count != 1)
                throw new ArgumentException($"--query: expected one example, found {items.Count}.");
            var stored = await session.Datasets.ReviewAsync(await session.Datasets.FindAsync(parse.GetValue(reference), ct), new(parse.GetValue(author)!, items), ct);
            return Printer.Print(parse, stored, Table);
        });
    }

    static Command Reviews()
    {
        var reference = DatasetVerbs.Reference();
        var ordinal = new Option<int?>("--example") { Description = "Of one example." };
        var take = new Option<int>("--take") { Description = "How many, 1 to 200.", DefaultValueFactory = _ => 50 };
        return new Command("reviews", "All that reviewers said, newest first.") { reference, ordinal, take }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Datasets.ReviewHistoryAsync(await session.Datasets.FindAsync(parse.GetValue(reference), ct), parse.GetValue(ordinal), 0, parse.GetValue(take), ct), page => Table(page.Items)));
    }

    static Command Agreement()
    {
        var reference = DatasetVerbs.Reference();
        return new Command("agreement", "How far reviewers agree on which examples to keep.") { reference }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Datasets.AgreementAsync(await session.Datasets.FindAsync(parse.GetValue(reference), ct), ct), agreement =>
            {
                var table = Printer.Table("reviewers", "#accepted", "#rejected", "#both judged", "#agreed", "#kappa").Caption($"{agreement.Reviewed:N0} examples reviewed, {agreement.Disputed:N0} disputed");
                foreach (var one in agreement.Annotators)
                    table.Row(one.Author, one.Accepted, one.Rejected, "", "", "");
                foreach (var pair in agreement.Pairs)
                    table.Row($"{pair.A}, {pair.B}", "", "", pair.Both, pair.Agreed, pair.Kappa?.ToString("0.000", CultureInfo.InvariantCulture) ?? "not defined");
                return table;
            }));
    }

    static Command Apply()
    {
        var reference = DatasetVerbs.Reference();
        var rejected = new Option<string>("--rejected") { Description = "An example leaves where any, the majority or all of its reviewers reject it.", DefaultValueFactory = _ => "any" };
        var unreviewed = new Option<string>("--unreviewed") { Description = "keep or drop examples without a verdict.", DefaultValueFactory = _ => "keep" };
        var authors = new Option<string[]>("--author") { Description = "Whose reviews count (default: everybody's); may be given several times.", DefaultValueFactory = _ => [] };
        return new Command("apply-reviews", "Makes a new version without what was rejected and with what was edited.") { reference, rejected, unreviewed, authors }.Does(async (parse, session, ct) =>
        {
            var named = parse.GetValue(authors)!;
            var answer = await session.Datasets.ApplyReviewsAsync(
                await session.Datasets.FindAsync(parse.GetValue(reference), ct), new(parse.GetValue(rejected)!, parse.GetValue(unreviewed)!, named.Length == 0 ? null : named), ct);
            return Printer.Print(parse, answer, made => Printer.Table("dataset", "#version", "#kept", "#rejected", "#edited", "made")
                .Row(made.Version.Dataset, made.Version.Version, made.Kept, made.Rejected, made.Edited, made.Made ? "now" : "before"));
        });
    }

    static Table Table(IReadOnlyList<ReviewInfo> reviews)
    {
        var table = Printer.Table("#example", "reviewer", "verdict", "edited", "tags", "note", "when");
        foreach (var review in reviews)
            table.Row(review.Ordinal, review.Author, review.Verdict ?? "none", review.Edit is null ? "" : "yes", string.Join(", ", review.Tags), DatasetVerbs.Cut(review.Note), review.At.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));
        return table;
    }
}

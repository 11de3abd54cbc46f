using System.CommandLine;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>import-run CORPUS SYSTEM FILE</c>: a TREC run made elsewhere becomes a row of the leaderboard.</summary>
public static class ImportRunVerb
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var corpus = new Argument<string>("corpus") { Description = "The corpus whose judgments measure it." };
        var system = new Argument<string>("system") { Description = "What the leaderboard calls it." };
        var file = new Argument<FileInfo>("file") { Description = "The TREC run, plain or gzip." };
        var set = new Option<string?>("--query-set") { Description = "The judged query set (default: the only one, or test)." };
        var depth = new Option<int>("--depth") { Description = "Documents kept for a query, after its exclusions are removed.", DefaultValueFactory = _ => 1000 };
        var label = new Option<string?>("--label") { Description = "Joins the results of several tasks to one row of a benchmark." };
        var without = new Option<bool>("--no-exclusions") { Description = "Leave the documents that a query excludes in its ranking; only to show what that changes." };
        return new Command("import-run", "Measures a TREC run made elsewhere; the leaderboard gets a row.") { corpus, system, file, set, depth, label, without }.Does(async (parse, session, ct) =>
        {
            var path = parse.GetValue(file)!;
            var spec = new ImportRunSpec(parse.GetValue(corpus)!, parse.GetValue(system)!, Guid.Empty.ToString("N"), parse.GetValue(set), parse.GetValue(depth), parse.GetValue(label), path.ToString(), !parse.GetValue(without));
            // Checked before anything is sent.
            RunSpecs.ThrowIfInvalid(RunKinds.ImportRun, spec);
            var run = await session.Client.StartAsync(spec with { UploadId = await Uploader.UploadAsync(session.Client, path.FullName, ct) }, ct);
            await RunFollower.FollowAsync(session, run, ct);
            var results = (await session.Client.LeaderboardAsync(spec.Corpus, ct)).Where(result => result.RunId == run.Id).ToList();
            return Printer.Print(parse, results, LeaderboardVerb.Table);
        });
    }
}

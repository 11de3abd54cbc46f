using System.CommandLine;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>evaluate CORPUS</c>: BM25, and with models dense and hybrid, measured.</summary>
public static class EvaluateVerb
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var corpus = new Argument<string>("corpus") { Description = "The corpus." };
        var set = new Option<string?>("--query-set") { Description = "The judged query set (default: the only one, or test)." };
        var models = new Option<string[]>("--model") { Description = "Encoders to measure beside BM25, alone and as hybrid.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var variant = new Option<string>("--bm25") { Description = "lucene or bright.", DefaultValueFactory = _ => "lucene" };
        var without = new Option<bool>("--no-exclusions") { Description = "Leave the documents that a query excludes in its ranking; only to show what that changes." };
        var pipelines = new Option<string[]>("--pipeline") { Description = "Stored pipelines to measure too, name or name@version.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var k1 = new Option<double>("--k1") { Description = "BM25: saturation of the term frequency.", DefaultValueFactory = _ => 0.9 };
        var b = new Option<double>("--b") { Description = "BM25: share of the length normalization, 0 to 1.", DefaultValueFactory = _ => 0.4 };
        var batch = BatchOption.Create();
        var instruction = new InstructionOptions();
        return instruction.AddTo(new Command("evaluate", "Measures systems as trec_eval does; the leaderboard gets a row each.") { corpus, set, models, variant, k1, b, without, pipelines, batch }).Does(async (parse, session, ct) =>
        {
            var bm25 = new Bm25Settings(parse.GetValue(variant)!, parse.GetValue(k1), parse.GetValue(b));
            var told = instruction.Read(parse);
            var named = parse.GetValue(models)!;
            List<SystemSpec> systems = [new("bm25", "bm25", Bm25: bm25)];
            foreach (var model in named)
            {
                var suffix = (named.Length == 1 ? "" : $"-{model}") + QueryInstruction.Suffix(told);
                systems.Add(new($"dense{suffix}", "dense", model, Instruction: told));
                systems.Add(new($"hybrid{suffix}", "hybrid", model, bm25, Instruction: told));
            }
            systems.AddRange(parse.GetValue(pipelines)!.Select(SystemSpec.OfPipeline));
            var run = await session.Client.StartAsync(new EvaluateSpec(parse.GetValue(corpus)!, systems, parse.GetValue(set), Exclusions: !parse.GetValue(without), Batch: parse.GetValue(batch)), ct);
            await RunFollower.FollowAsync(session, run, ct);
            var results = (await session.Client.LeaderboardAsync(parse.GetValue(corpus), ct)).Where(result => result.RunId == run.Id).OrderBy(result => result.Id).ToList();
            return Printer.Print(parse, results, LeaderboardVerb.Table);
        });
    }
}

using System.CommandLine;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Studies;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>experiment rewrite-length|table|negatives|mixture</c>: the paper's experiments, one command each.</summary>
public static class ExperimentVerbs
{
    /// <summary>The verbs.</summary>
    public static Command Create() => new("experiment", "The paper's experiments, one command each; every figure is a result of the leaderboard.") { Length(), Table(), Negatives(), Mixture(), List(), Show() };

    static Command Length()
    {
        var (scope, run) = (new ScopeOptions(), new StudyRun());
        var set = new Option<string?>("--set") { Description = "Rewrites: a query set of the corpus (gpt4_reason) or, with --stored, an imported set. Cut to each length." };
        var stored = new Option<bool>("--stored") { Description = "The set was imported by: rewrites import." };
        var llm = new Option<bool>("--llm") { Description = "The configured language model writes each length." };
        var cost = new Option<double?>("--max-cost") { Description = "With --llm: each step stops before its calls cost more." };
        var lengths = new Option<string?>("--lengths") { Description = "Tokens, e.g. 64,128,256 (default: 64 to 2048, doubled)." };
        var join = new Option<string>("--join") { Description = "replace, append or interleave.", DefaultValueFactory = _ => "replace" };
        var (models, variants, instruction, batch) = (SystemLists.Models(), SystemLists.Variants(), new InstructionOptions(), BatchOption.Create());
        return run.AddTo(scope.AddTo(instruction.AddTo(new Command("rewrite-length", "The measure against the tokens of the rewrite, by retriever; with a plot.") { set, stored, llm, cost, batch, lengths, join, models, variants }))).Does((parse, session, ct) =>
        {
            if (parse.GetValue(llm) == parse.GetValue(set) is not null)
                throw new ArgumentException("--set, --llm: expected a set of rewrites or a language model.");
            List<RetrieverStage> retrievers =
            [
                .. parse.GetValue(variants)!.Distinct().Select(variant => new RetrieverStage("bm25", $"bm25-{variant}", Bm25: new(variant))),
                .. parse.GetValue(models)!.Select(model => new RetrieverStage("dense", Model: model, Instruction: instruction.Read(parse))),
            ];
            var section = new RewriteLength(
                retrievers, parse.GetValue(llm) ? "llm" : parse.GetValue(stored) ? "stored" : "query-set", parse.GetValue(set), parse.GetValue(lengths) is { } text ? Numbers("--lengths", text) : null,
                parse.GetValue(join)!, parse.GetValue(llm) ? new(MaxCost: parse.GetValue(cost)) : null);
            return run.DoAsync(parse, session, new("rewrite-length", scope.Read(parse), section, Batch: parse.GetValue(batch)), ct);
        });
    }

    static Command Table()
    {
        var (scope, run) = (new ScopeOptions(), new StudyRun());
        var rerankers = new Option<string[]>("--rerank")
        {
            Description = "Rerankers: cross-encoder:MODEL, encoder:MODEL, pointwise, listwise.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [],
        };
        var depth = new Option<int>("--rerank-depth") { Description = "Documents reranked.", DefaultValueFactory = _ => 100 };
        var (models, variants, instruction, batch) = (SystemLists.Models(), SystemLists.Variants(), new InstructionOptions(), BatchOption.Create());
        return run.AddTo(scope.AddTo(instruction.AddTo(new Command("table", "BM25, dense, hybrid and reranked over the tasks of a benchmark.") { models, variants, rerankers, depth, batch }))).Does((parse, session, ct) =>
            run.DoAsync(parse, session, new("table", scope.Read(parse), Table: SystemTable.Of(
                [.. parse.GetValue(variants)!.Distinct()], parse.GetValue(models)!, [.. parse.GetValue(rerankers)!.Select(text => Reranker(text, parse.GetValue(depth)))], instruction.Read(parse)), Batch: parse.GetValue(batch)), ct));
    }

    static RerankStage Reranker(string text, int depth) => text.Split(':', 2) switch
    {
        [var kind, var model] => new(kind, model, depth),
        [var kind] => new(kind, Depth: depth),
        _ => throw new ArgumentException($"--rerank {text}: expected KIND or KIND:MODEL."),
    };

    static Command Negatives()
    {
        var (scope, run, training) = (new ScopeOptions(), new StudyRun(), new TrainingOptions());
        var hard = new Argument<string>("dataset") { Description = "A dataset with hard negatives." };
        var easy = new Option<string?>("--easy") { Description = "The same queries with easier negatives, as a dataset." };
        var negatives = new Option<int>("--negatives") { Description = "Negatives drawn a query.", DefaultValueFactory = _ => 1 };
        return training.AddTo(run.AddTo(scope.AddTo(new Command("negatives", "The same data with in-batch negatives alone, with easier ones and with hard ones.") { hard, easy, negatives }))).Does(async (parse, session, ct) =>
            await run.DoAsync(parse, session, new("negatives", scope.Read(parse),
                Training: new(TrainingArms.Negatives(parse.GetValue(hard)!, parse.GetValue(easy), parse.GetValue(negatives)), await training.RecipeAsync(parse, ct), training.Seeds(parse))), ct));
    }

    static Command Mixture()
    {
        var (scope, run, training) = (new ScopeOptions(), new StudyRun(), new TrainingOptions());
        var (open, varied, hard) = (Datasets("--public", "Public data."), Datasets("--varied-length", "Data of varied length."), Datasets("--hard-queries", "Data with hard queries."));
        return training.AddTo(run.AddTo(scope.AddTo(new Command("mixture", "Public data, with varied lengths, with hard queries, all; arms whose data are not there are left out.") { open, varied, hard }))).Does(async (parse, session, ct) =>
            await run.DoAsync(parse, session, new("mixture", scope.Read(parse),
                Training: new(TrainingArms.Mixture(parse.GetValue(open)!, parse.GetValue(varied)!, parse.GetValue(hard)!), await training.RecipeAsync(parse, ct), training.Seeds(parse))), ct));
    }

    static Option<string[]> Datasets(string name, string what) => new(name) { Description = $"{what} Datasets.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };

    static Command List() => new Command("list", "Lists experiments, newest first.").Does(async (parse, session, ct) => Printer.Print(parse, await session.Client.ExperimentsAsync(ct), studies =>
    {
        var table = Printer.Table("#run", "experiment", "on", "state");
        foreach (var study in studies)
            table.Row(study.RunId, study.Experiment, study.Title, study.State);
        return table;
    }));

    static Command Show()
    {
        var (id, run) = (new Argument<long>("run") { Description = "The experiment's run." }, new StudyRun());
        return run.AddTo(new Command("show", "Prints an experiment's table.") { id }).Does((parse, session, ct) => run.PrintAsync(parse, session, parse.GetValue(id), ct));
    }

    internal static IReadOnlyList<int> Numbers(string option, string text) =>
        [.. text.Split(',').Select(part => int.TryParse(part, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : throw new ArgumentException($"{option} {text}: expected whole numbers between commas, found '{part}'."))];
}

/// <summary>The options that name several systems.</summary>
static class SystemLists
{
    public static Option<string[]> Models() => new("--model") { Description = "Encoders.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };

    public static Option<string[]> Variants() => new("--bm25") { Description = "lucene, bright or both (default).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["lucene", "bright"] };
}

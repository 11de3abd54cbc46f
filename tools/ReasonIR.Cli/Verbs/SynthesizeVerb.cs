using System.CommandLine;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>synth CORPUS DATASET</c>: training examples from documents.</summary>
public static class SynthesizeVerb
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var corpus = new Argument<string>("corpus") { Description = "The corpus whose documents are the seeds." };
        var dataset = new Argument<string>("dataset") { Description = "The dataset that gets a new version." };
        var generator = new Option<string>("--generator") { Description = "extractive or llm.", DefaultValueFactory = _ => "extractive" };
        var mode = new Option<string?>("--mode") { Description = "extractive: strategy (drawn anew in training) or examples (stored)." };
        var examples = new Option<int?>("--examples") { Description = "extractive: how many examples are stored." };
        var negatives = new Option<int>("--hard-negatives") { Description = "Negatives mined by BM25 for an example.", DefaultValueFactory = _ => 0 };
        var documents = new Option<int?>("--documents") { Description = "llm: seed documents at most." };
        var queries = new Option<int>("--queries") { Description = "llm: queries for a document.", DefaultValueFactory = _ => 1 };
        var cost = new Option<decimal?>("--max-cost") { Description = "llm: stop cleanly before the calls cost more." };
        var seed = new Option<int>("--seed") { Description = "Decides every draw.", DefaultValueFactory = _ => 0 };
        return new Command("synth", "Makes training examples from the documents of a corpus.") { corpus, dataset, generator, mode, examples, negatives, documents, queries, cost, seed }
            .Does((parse, session, ct) =>
            {
                var mined = parse.GetValue(negatives);
                var spec = new SynthesizeSpec(
                    parse.GetValue(corpus)!,
                    parse.GetValue(dataset)!,
                    parse.GetValue(generator)!,
                    parse.GetValue(seed),
                    parse.GetValue(mode) is null && parse.GetValue(examples) is null ? null : new(parse.GetValue(mode) ?? "strategy", parse.GetValue(examples)),
                    parse.GetValue(generator) == "llm" ? new(parse.GetValue(documents), parse.GetValue(queries), MaxCost: parse.GetValue(cost)) : null,
                    mined == 0 ? null : new(mined));
                return RunVerbs.StartAsync(parse, session, spec, ct);
            });
    }
}

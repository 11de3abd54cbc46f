using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>synth CORPUS DATASET</c>: training examples from documents; <c>synth run|dry-run|report</c> go by recipes.</summary>
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
        var strategies = new Option<string[]>("--strategies") { Description = "extractive: NAME=WEIGHT (several) of titleBody, sentenceRest, crops, headingSection, keyPhrases, links.", AllowMultipleArgumentsPerToken = true };
        var negatives = new Option<int>("--hard-negatives") { Description = "Negatives mined by BM25 for an example.", DefaultValueFactory = _ => 0 };
        var documents = new Option<int?>("--documents") { Description = "llm: seed documents at most." };
        var queries = new Option<int>("--queries") { Description = "llm: queries for a document.", DefaultValueFactory = _ => 1 };
        var cost = new Option<decimal?>("--max-cost") { Description = "llm: stop cleanly before the calls cost more." };
        var seed = new Option<int>("--seed") { Description = "Decides every draw.", DefaultValueFactory = _ => 0 };
        var synth = new Command("synth", "Makes training examples from the documents of a corpus.") { corpus, dataset, generator, mode, examples, strategies, negatives, documents, queries, cost, seed }
            .Does((parse, session, ct) =>
            {
                var mined = parse.GetValue(negatives);
                var spec = new SynthesizeSpec(
                    parse.GetValue(corpus)!,
                    parse.GetValue(dataset)!,
                    parse.GetValue(generator)!,
                    parse.GetValue(seed),
                    parse.GetValue(mode) is null && parse.GetValue(examples) is null && parse.GetValue(strategies) is not { Length: > 0 } ? null
                        : new(parse.GetValue(mode) ?? "strategy", parse.GetValue(examples), Strategies: Weights(parse.GetValue(strategies) ?? [])),
                    parse.GetValue(generator) == "llm" ? new(parse.GetValue(documents), parse.GetValue(queries), MaxCost: parse.GetValue(cost)) : null,
                    mined == 0 ? null : new(mined));
                return RunVerbs.StartAsync(parse, session, spec, ct);
            });
        foreach (var below in SynthesisRecipeVerbs.Create())
            synth.Subcommands.Add(below);
        return synth;
    }

    /// <summary>Weights by name, as in a spec.</summary>
    static StrategyWeights? Weights(string[] given)
    {
        if (given.Length == 0)
            return null;
        var json = new JsonObject();
        foreach (var one in given.SelectMany(text => text.Split(',')))
            json[one.Split('=')[0]] = one.Split('=') is [_, var weight] && double.TryParse(weight, CultureInfo.InvariantCulture, out var value)
                ? value : throw new ArgumentException($"--strategies {one}: NAME=WEIGHT was expected, as in crops=0.5.");
        return json.Deserialize<StrategyWeights>(ReasonIrJson.Strict);
    }
}

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
    /// <summary>Calls in flight with <c>--batch</c>.</summary>
    const int InBatch = 2000;

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
        var cost = new Option<decimal?>("--max-cost") { Description = "Stop cleanly before the calls to the language model, those of a judge of seeds too, cost more." };
        var batch = BatchOption.Create();
        var seed = new Option<int>("--seed") { Description = "Decides every draw.", DefaultValueFactory = _ => 0 };
        var seeds = new SeedOptions();
        var synth = seeds.AddTo(new Command("synth", "Makes training examples from the documents of a corpus.") { corpus, dataset, generator, mode, examples, strategies, negatives, documents, queries, cost, batch, seed })
            .Does((parse, session, ct) =>
            {
                var (mined, llm) = (parse.GetValue(negatives), parse.GetValue(generator) == "llm");
                // A strategy draws from every document: filtered ones are stored as examples.
                var stored = parse.GetValue(mode) ?? (seeds.AreGiven(parse) && !llm ? "examples" : null);
                var spec = new SynthesizeSpec(
                    parse.GetValue(corpus)!,
                    parse.GetValue(dataset)!,
                    parse.GetValue(generator)!,
                    parse.GetValue(seed),
                    stored is null && parse.GetValue(examples) is null && parse.GetValue(strategies) is not { Length: > 0 } ? null
                        : new(stored ?? "strategy", parse.GetValue(examples), Strategies: Weights(parse.GetValue(strategies) ?? [])),
                    llm || parse.GetValue(cost) is not null || parse.GetValue(batch) ? Llm(parse.GetValue(batch)) with { MaxCost = parse.GetValue(cost) } : null,
                    mined == 0 ? null : new(mined));
                if (llm)
                    spec = spec with { Llm = spec.Llm! with { Documents = parse.GetValue(documents), QueriesPerDocument = parse.GetValue(queries) } };
                return RunVerbs.StartAsync(parse, session, seeds.Read(parse, spec), ct);
            });
        foreach (var below in SynthesisRecipeVerbs.Create())
            synth.Subcommands.Add(below);
        return synth;
    }

    /// <summary>A batch file holds what is in flight.</summary>
    static LlmSettings Llm(bool batch) => batch ? new(Batch: true, Concurrency: InBatch) : new();

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

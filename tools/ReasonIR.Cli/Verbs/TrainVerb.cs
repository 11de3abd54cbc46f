using System.CommandLine;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>train MODEL DATASET</c> or <c>train --recipe FILE</c>: dataset versions become a model.</summary>
public static class TrainVerb
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var model = new Argument<string?>("model") { Description = "What the new model is called.", Arity = ArgumentArity.ZeroOrOne };
        var dataset = new Argument<string?>("dataset") { Description = "The dataset.", Arity = ArgumentArity.ZeroOrOne };
        var recipe = new Option<FileInfo?>("--recipe") { Description = "A recipe, YAML or JSON, in place of model, dataset and the options below." };
        var set = RecipeVerbs.Set();
        var version = new Option<int?>("--version-number") { Description = "Its version (default: the newest)." };
        var from = new Option<string?>("--base") { Description = "static (default: from scratch on the corpus), tiny (a small Llama from scratch), or a registered model." };
        var seed = new Option<int?>("--seed") { Description = "Decides initialization, order and draws." };
        var epochs = new Option<double?>("--epochs") { Description = "Passes over the examples." };
        var steps = new Option<int?>("--max-steps") { Description = "Optimizer steps at most." };
        var seconds = new Option<double?>("--train-seconds") { Description = "Seconds at most." };
        var batch = new Option<int?>("--batch-size") { Description = "Pairs a step." };
        var rate = new Option<double?>("--learning-rate") { Description = "Peak learning rate." };
        var temperature = new Option<double?>("--temperature") { Description = "Temperature of InfoNCE." };
        return new Command("train", "Trains a model on dataset versions.") { model, dataset, recipe, set, version, from, seed, epochs, steps, seconds, batch, rate, temperature }
            .Does(async (parse, session, ct) =>
            {
                TrainSpec spec;
                if (parse.GetValue(recipe) is { } file)
                {
                    // Options given beside the recipe are short for its fields.
                    (string Path, object? Value)[] given =
                    [
                        ("output.name", parse.GetValue(model)), ("data.sources[0].dataset", parse.GetValue(dataset)), ("data.sources[0].version", parse.GetValue(version)), ("base.model", parse.GetValue(from)),
                        ("seed", parse.GetValue(seed)), ("data.epochs", parse.GetValue(epochs)), ("data.steps", parse.GetValue(steps)), ("data.seconds", parse.GetValue(seconds)),
                        ("data.batchSize", parse.GetValue(batch)), ("optimizer.learningRate", parse.GetValue(rate)), ("loss.temperature", parse.GetValue(temperature)),
                    ];
                    spec = Recipe.Read(file, [.. given.Where(field => field.Value is not null).Select(field => FormattableString.Invariant($"{field.Path}={field.Value}")), .. parse.GetValue(set)!]);
                }
                else
                {
                    if (parse.GetValue(model) is not { } name || parse.GetValue(dataset) is not { } data)
                        throw new ArgumentException("train: expected MODEL DATASET, or --recipe FILE.");
                    spec = TrainSpec.Of(name, data, parse.GetValue(version), parse.GetValue(from) ?? "static", parse.GetValue(seed) ?? 0);
                    spec = spec with
                    {
                        Data = spec.Data with { Epochs = parse.GetValue(epochs), Steps = parse.GetValue(steps), Seconds = parse.GetValue(seconds), BatchSize = parse.GetValue(batch) },
                        Optimizer = new(parse.GetValue(rate)),
                        Loss = new(parse.GetValue(temperature)),
                    };
                }
                // A recipe is measured by a step first; the short form goes without.
                try
                {
                    var estimate = await session.Client.EstimateAsync(spec, parse.GetValue(recipe) is not null, ct);
                    EstimateTable.WriteLines(estimate, Console.Error);
                    if (estimate.Refusals.Count > 0)
                        return Guard.Failed;
                }
                catch (ServiceException e) when ((int)e.Status >= 500)
                {
                    // No Trainer answers now; the run waits for one, and is refused by it where it cannot fit.
                    Console.Error.WriteLine($"There is no estimate: {e.Message}");
                }
                return await RunVerbs.StartAsync(parse, session, spec, ct);
            });
    }
}

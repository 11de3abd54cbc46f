using System.CommandLine;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>train MODEL DATASET</c>: a dataset version becomes a model.</summary>
public static class TrainVerb
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "What the new model is called." };
        var dataset = new Argument<string>("dataset") { Description = "The dataset." };
        var version = new Option<int?>("--version-number") { Description = "Its version (default: the newest)." };
        var from = new Option<string>("--base") { Description = "static (from scratch on the corpus), or a registered model.", DefaultValueFactory = _ => "static" };
        var seed = new Option<int>("--seed") { Description = "Decides initialization, order and draws.", DefaultValueFactory = _ => 0 };
        var epochs = new Option<int?>("--epochs") { Description = "Passes over the examples." };
        var steps = new Option<int?>("--max-steps") { Description = "Optimizer steps at most." };
        var seconds = new Option<double?>("--train-seconds") { Description = "Seconds at most." };
        var batch = new Option<int?>("--batch-size") { Description = "Pairs a step." };
        var rate = new Option<double?>("--learning-rate") { Description = "Peak learning rate." };
        var temperature = new Option<double?>("--temperature") { Description = "Temperature of InfoNCE." };
        return new Command("train", "Trains a model on a dataset version.") { model, dataset, version, from, seed, epochs, steps, seconds, batch, rate, temperature }
            .Does((parse, session, ct) => RunVerbs.StartAsync(parse, session, new TrainSpec(
                parse.GetValue(model)!, parse.GetValue(dataset)!, parse.GetValue(version), parse.GetValue(from)!, parse.GetValue(seed), parse.GetValue(epochs),
                parse.GetValue(steps), parse.GetValue(seconds), parse.GetValue(batch), parse.GetValue(rate), parse.GetValue(temperature)), ct));
    }
}

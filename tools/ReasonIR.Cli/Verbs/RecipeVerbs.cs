using System.CommandLine;
using System.Text.Json;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>recipe check</c>: a training recipe without a system. <c>recipe estimate</c>: what it will take.</summary>
public static class RecipeVerbs
{
    /// <summary>The verbs.</summary>
    public static Command Create()
    {
        var file = new Argument<FileInfo>("file") { Description = "YAML or JSON." };
        var set = Set();
        var check = new Command("check", "Checks a recipe, prints it as it is understood, and every problem at once.") { file, set, Options.Json };
        check.SetAction(parse =>
        {
            try
            {
                var (spec, problems) = Recipe.Check(parse.GetValue(file)!, parse.GetValue(set)!);
                foreach (var problem in problems)
                    Console.Error.WriteLine($"{parse.GetValue(file)}, {problem}");
                if (problems.Count > 0)
                    return Guard.Failed;
                Console.Write(parse.GetValue(Options.Json) ? JsonSerializer.Serialize(spec, new JsonSerializerOptions(ReasonIrJson.Web) { WriteIndented = true }) + "\n" : TrainSpecs.ToYaml(spec));
                return 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException)
            {
                Console.Error.WriteLine($"reasonir: {e.Message}");
                return Guard.Failed;
            }
        });
        var probe = new Option<bool>("--no-probe") { Description = "Do not measure the rate by a step, which loads the base." };
        var estimate = new Command("estimate", "Says what memory and time a recipe will take, and whether it fits.") { file, set, probe }.Does(async (parse, session, ct) =>
        {
            var found = await session.Client.EstimateAsync(Recipe.Read(parse.GetValue(file)!, parse.GetValue(set)!), !parse.GetValue(probe), ct);
            Printer.Print(parse, found, EstimateTable.Of);
            if (!parse.GetValue(Options.Json))
                EstimateTable.WriteLines(found, Console.Out);
            return found.Refusals.Count == 0 ? 0 : Guard.Failed;
        });
        return new("recipe", "Training recipes.") { check, estimate };
    }

    /// <summary><c>--set</c>.</summary>
    public static Option<string[]> Set() => new("--set") { Description = "Sets a field of the recipe, path=value, e.g. data.batchSize=64 or data.sources[0].dataset=pairs; may be given several times.", DefaultValueFactory = _ => [] };
}

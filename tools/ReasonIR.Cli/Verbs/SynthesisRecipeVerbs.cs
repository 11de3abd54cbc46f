using System.CommandLine;
using System.Text.Json;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Contracts.Specs;
using ReasonIR.Contracts.Synthesis;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>synth run</c>, <c>synth dry-run</c> and <c>synth report</c>: recipes of synthesis.</summary>
public static class SynthesisRecipeVerbs
{
    /// <summary>The verbs below <c>synth</c>, whose options for the system they share.</summary>
    public static IEnumerable<Command> Create()
    {
        var file = new Argument<FileInfo>("recipe") { Description = "YAML or JSON." };
        var corpus = new Option<string?>("--corpus") { Description = "The corpus, in place of the recipe's." };
        var dataset = new Option<string?>("--dataset") { Description = "The dataset, in place of the recipe's." };
        var set = new Option<string[]>("--set") { Description = "Sets a field of the recipe, path=value, e.g. llm.documents=100; may be given several times.", DefaultValueFactory = _ => [] };
        var items = new Option<int>("--items") { Description = "Documents, and examples of varied length, that are tried.", DefaultValueFactory = _ => 3 };
        var first = new Option<int?>("--forecast") { Description = "Tries so many items first, and says what the whole will take." };
        var id = new Argument<long>("run") { Description = "The run's number." };
        SynthesizeSpec Read(ParseResult parse) => SynthesisRecipeVerbs.Read(parse.GetValue(file)!,
        [
            .. parse.GetValue(corpus) is { } c ? [$"corpus={c}"] : Array.Empty<string>(), .. parse.GetValue(dataset) is { } d ? [$"dataset={d}"] : Array.Empty<string>(), .. parse.GetValue(set)!,
        ]);
        yield return Below(new("run", "Makes a dataset by a recipe, and follows it.") { file, corpus, dataset, set, first }, async (parse, session, ct) =>
        {
            var spec = Read(parse);
            if (parse.GetValue(first) is { } few)
                Console.Error.WriteLine(SynthesisTables.Lines(await ForecastAsync(session, spec, few, ct)));
            var detail = await RunFollower.FollowAsync(session, await session.Client.StartAsync(spec, ct), ct);
            return Tell(parse, detail.Output!.Value.Deserialize<SynthesizeOutput>(ReasonIrJson.Web)!);
        });
        yield return Below(new("dry-run", "Tries a few items of a recipe, and says what calls, tokens, cost and time the whole will take.") { file, corpus, dataset, set, items }, async (parse, session, ct) =>
        {
            var forecast = await ForecastAsync(session, Read(parse), parse.GetValue(items), ct);
            Console.WriteLine(parse.GetValue(Options.Json) ? Json(forecast) : SynthesisTables.Lines(forecast));
            return 0;
        });
        yield return Below(new("report", "What a run of a recipe made, step by step.") { id }, async (parse, session, ct) =>
        {
            var detail = await session.Client.RunAsync(parse.GetValue(id), ct);
            if (detail.Run.Kind != RunKinds.Synthesize)
                throw new ArgumentException($"Run {detail.Run.Id} is of kind '{detail.Run.Kind}'; expected '{RunKinds.Synthesize}'.");
            if (detail.Output?.Deserialize<SynthesizeOutput>(ReasonIrJson.Web) is not { Report: not null } output)
                throw new InvalidOperationException($"Run {detail.Run.Id} has no report{(detail.Run.Ended ? ": it was made without a language model, or failed before its first item" : " yet")}.");
            return Tell(parse, output);
        });
    }

    /// <summary>The spec of a recipe with single fields set.</summary>
    /// <exception cref="InvalidDataException">It cannot run; the message has a line for each problem.</exception>
    static SynthesizeSpec Read(FileInfo file, IReadOnlyList<string> set)
    {
        try
        {
            var (spec, problems) = SynthesizeSpecs.Read(File.ReadAllText(file.FullName), set);
            return problems.Count == 0 ? spec : throw new InvalidDataException(string.Join("\n", problems.Select(problem => $"{file}, {problem}")));
        }
        catch (SpecSyntaxException e)
        {
            throw new InvalidDataException($"{file}, {e.Message}", e);
        }
    }

    static async Task<SynthesisForecast> ForecastAsync(Session session, SynthesizeSpec spec, int items, CancellationToken cancellation) =>
        (await RunFollower.FollowAsync(session, await session.Client.StartAsync(new SynthesisForecastSpec(spec, items), cancellation), cancellation)).Output!.Value
            .Deserialize<SynthesisForecast>(ReasonIrJson.Web)!;

    static int Tell(ParseResult parse, SynthesizeOutput output)
    {
        Console.WriteLine(parse.GetValue(Options.Json) ? Json(output) : SynthesisTables.Lines(output));
        return 0;
    }

    static string Json<T>(T value) => JsonSerializer.Serialize(value, new JsonSerializerOptions(ReasonIrJson.Web) { WriteIndented = true });

    /// <summary>The options of the verb above count here too.</summary>
    static Command Below(Command command, Func<ParseResult, Session, CancellationToken, Task<int>> act)
    {
        command.SetAction((parse, cancellation) => Guard.RunAsync(parse, act, cancellation));
        return command;
    }
}

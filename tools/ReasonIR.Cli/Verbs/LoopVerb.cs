using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>loop FOLDER</c>: import, synthesize, train, index, evaluate, in one command.</summary>
public static partial class LoopVerb
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "A folder with documents, queries and judgments (BEIR, BRIGHT, ...)." };
        var from = new Option<string>("--base") { Description = "static or tiny (both from scratch on the corpus), a registered model, or a local model folder.", DefaultValueFactory = _ => "static" };
        var name = new Option<string?>("--name") { Description = "What the corpus is called (default: the folder's name)." };
        var generator = new Option<string>("--generator") { Description = "extractive or llm.", DefaultValueFactory = _ => "extractive" };
        var seed = new Option<int>("--seed") { Description = "Decides every draw.", DefaultValueFactory = _ => 0 };
        var seconds = new Option<double?>("--train-seconds") { Description = "Seconds of training at most." };
        var file = new Option<string?>("--json") { Description = "Also write the result to this file as JSON." };
        return new Command("loop", "Runs the whole loop on a folder and prints what each system scored.") { folder, from, name, generator, seed, seconds, file }.Does(async (parse, session, ct) =>
        {
            var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(parse.GetValue(folder)!));
            var upload = await Uploader.UploadAsync(session.Client, path, ct);
            var start = await BaseAsync(session, parse.GetValue(from)!, ct);
            var spec = new LoopSpec(
                parse.GetValue(name) ?? Unsafe().Replace(Path.GetFileName(path), "-"), upload, "auto", start, parse.GetValue(generator)!, parse.GetValue(seed),
                parse.GetValue(seconds), Source: parse.GetValue(folder));
            var detail = await RunFollower.FollowAsync(session, await session.Client.StartAsync(spec, ct), ct);
            var output = detail.Output!.Value.Deserialize<LoopOutput>(ReasonIrJson.Web)!;
            Show(output);
            if (parse.GetValue(file) is { } target)
                await File.WriteAllTextAsync(target, ToJson(parse.GetValue(folder)!, output), ct);
            return 0;
        }, json: false);
    }

    /// <summary>A local model folder is registered under its own name first.</summary>
    static async Task<string> BaseAsync(Session session, string from, CancellationToken ct)
    {
        if (!Directory.Exists(from))
            return from;
        var name = Unsafe().Replace(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(from))), "-");
        // Even where the name is known: the folder may hold other weights by now.
        await RunFollower.FollowAsync(session, await session.Client.StartAsync(new RegisterModelSpec(name, await Uploader.UploadAsync(session.Client, from, ct), from), ct), ct);
        return name;
    }

    static void Show(LoopOutput output)
    {
        var stages = Printer.Table("stage", "#seconds", "#run");
        foreach (var stage in output.Stages)
            stages.Row(stage.Name, stage.Seconds.ToString("0.0", CultureInfo.InvariantCulture), stage.RunId.ToString(CultureInfo.InvariantCulture));
        Spectre.Console.AnsiConsole.Write(stages);
        if (output.Systems.Count > 0)
        {
            var systems = Printer.Table("system", "#nDCG@10", "#recall@100", "#MAP", "#queries");
            foreach (var system in output.Systems)
                systems.Row(system.Name, Number(system, "ndcg_cut_10"), Number(system, "recall_100"), Number(system, "map"), system.Queries);
            Spectre.Console.AnsiConsole.Write(systems);
        }
        Console.WriteLine(output.Verdict);
    }

    static string Number(LoopSystem system, string measure) => system.Measures.GetValueOrDefault(measure).ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>The documented form: folder, seed, base, stages, systems.</summary>
    static string ToJson(string folder, LoopOutput output) => JsonSerializer.Serialize(new
    {
        folder,
        seed = output.Seed,
        @base = output.Base,
        stages = output.Stages.Select(stage => new { name = stage.Name, seconds = stage.Seconds }),
        systems = output.Systems.Select(system => new { name = system.Name, measures = system.Measures, queries = system.Queries }),
        verdict = output.Verdict,
    }, new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    [GeneratedRegex("[^A-Za-z0-9._-]+")]
    private static partial Regex Unsafe();
}

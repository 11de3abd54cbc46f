using System.CommandLine;
using System.Text.Json;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Cli.Verbs;

/// <summary>Runs: list; start from a spec, show, follow, pause, resume, cancel, clone.</summary>
public static class RunVerbs
{
    /// <summary><c>runs</c>.</summary>
    public static Command List()
    {
        var kind = new Option<string?>("--kind") { Description = "Only this kind." };
        var state = new Option<string?>("--state") { Description = "Only this state." };
        var take = new Option<int>("--take") { Description = "How many.", DefaultValueFactory = _ => 20 };
        return new Command("runs", "Lists runs, newest first.") { kind, state, take }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Client.RunsAsync(parse.GetValue(kind), parse.GetValue(state), 0, parse.GetValue(take), ct), page =>
            {
                var table = Printer.Table("#", "kind", "name", "state", "progress", "started");
                foreach (var run in page.Items)
                    table.Row(run.Id.ToString(), run.Kind, run.Name, run.State, run.Progress is { } p && !run.Ended ? $"{p:P0} {run.ProgressText}" : run.ProgressText, run.StartedAt?.ToLocalTime().ToString("u"));
                return table;
            }));
    }

    /// <summary><c>run ...</c>.</summary>
    public static Command Show()
    {
        var id = new Argument<long>("id") { Description = "The run's number." };
        var kind = new Argument<string>("kind") { Description = $"One of {string.Join(", ", RunKinds.All)}." };
        var file = new Argument<FileInfo>("spec") { Description = "A JSON file with the spec of that kind; - reads it from the standard input." };
        var set = RecipeVerbs.Set();
        return new Command("run", "One run: start, show, follow, pause, resume, cancel, clone.")
        {
            new Command("start", "Starts a run from a spec file and follows it.") { kind, file }.Does(async (parse, session, ct) =>
            {
                using var json = await ReadAsync(parse.GetValue(file)!, ct);
                return await StartAsync(parse, session, RunSpecs.Parse(parse.GetValue(kind)!, json.RootElement), ct);
            }),
            new Command("show", "Shows a run as JSON.") { id }.Does(async (parse, session, ct) => Json(await session.Client.RunAsync(parse.GetValue(id), ct))),
            new Command("follow", "Follows a run until it ends.") { id }.Does(async (parse, session, ct) =>
                Json((await RunFollower.FollowAsync(session, (await session.Client.RunAsync(parse.GetValue(id), ct)).Run, ct)).Output)),
            new Command("log", "Prints a run's log.") { id }.Does(async (parse, session, ct) =>
            {
                for (var last = 0L; await session.Client.LogAsync(parse.GetValue(id), last, ct) is { Count: > 0 } lines; last = lines[^1].Id)
                    foreach (var line in lines)
                        Console.WriteLine($"{line.At:u} {line.Level,-11} {line.Message}");
                return 0;
            }),
            new Command("cancel", "Tells a run to stop.") { id }.Does(async (parse, session, ct) =>
            {
                await session.Client.CancelAsync(parse.GetValue(id), ct);
                return 0;
            }),
            new Command("pause", "Lets a run wait, with what it has done, until it is resumed.") { id }.Does(async (parse, session, ct) =>
            {
                await session.Client.PauseAsync(parse.GetValue(id), ct);
                return 0;
            }),
            new Command("clone", "Starts a new run of the same spec, with single fields changed, and follows it.") { id, set }.Does(async (parse, session, ct) =>
                await FollowAsync(parse, session, await session.Client.CloneAsync(parse.GetValue(id), parse.GetValue(set)!, ct), ct)),
            new Command("resume", "Lets a paused run go on, or queues a failed or canceled one again; it goes on from its checkpoint.") { id }.Does(async (parse, session, ct) =>
            {
                await session.Client.ResumeAsync(parse.GetValue(id), ct);
                return 0;
            }),
        };
    }

    /// <summary>Starts a run, follows it to its end and prints what it left.</summary>
    public static async Task<int> StartAsync(ParseResult parse, Session session, IRunSpec spec, CancellationToken cancellation)
    {
        return await FollowAsync(parse, session, await session.Client.StartAsync(spec, cancellation), cancellation);
    }

    static async Task<int> FollowAsync(ParseResult parse, Session session, RunInfo run, CancellationToken cancellation)
    {
        var detail = await RunFollower.FollowAsync(session, run, cancellation);
        if (parse.GetValue(Options.Json))
            return Json(detail.Output);
        if (detail.Output is { ValueKind: JsonValueKind.Object } output)
            foreach (var field in output.EnumerateObject())
                Console.WriteLine($"{field.Name}: {field.Value}");
        return 0;
    }

    static async Task<JsonDocument> ReadAsync(FileInfo file, CancellationToken cancellation)
    {
        try
        {
            await using var stream = file.ToString() == "-" ? Console.OpenStandardInput() : file.OpenRead();
            return await JsonDocument.ParseAsync(stream, cancellationToken: cancellation);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file}: expected JSON: {e.Message}", e);
        }
    }

    static int Json<T>(T value)
    {
        Console.WriteLine(JsonSerializer.Serialize(value, new JsonSerializerOptions(ReasonIrJson.Web) { WriteIndented = true }));
        return 0;
    }
}

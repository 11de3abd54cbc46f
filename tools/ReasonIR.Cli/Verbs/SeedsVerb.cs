using System.CommandLine;
using System.Text.Json;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>seeds RUN</c>: what the seed filters of a synthesis let fall, and why.</summary>
public static class SeedsVerb
{
    const int Shown = 3, TextLength = 60;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var id = new Argument<long>("run") { Description = "A run of kind synthesize whose recipe has seeds." };
        return new Command("seeds", "Shows how many documents fell at each step of a synthesis's seed filters.") { id }.Does(async (parse, session, ct) =>
        {
            var run = await session.Client.RunAsync(parse.GetValue(id), ct);
            var report = (run.Output is { ValueKind: JsonValueKind.Object } output ? output.Deserialize<SynthesizeOutput>(ReasonIrJson.Web)?.Seeds : null)
                ?? throw new ArgumentException($"run {parse.GetValue(id)}: has no report on seeds; it belongs to runs of kind '{RunKinds.Synthesize}' that have ended and whose recipe has 'seeds'.");
            return Printer.Print(parse, report, told =>
            {
                var table = Printer.Table("step", "#fell", "#left", "examples");
                foreach (var step in told.Steps)
                    table.Row(step.Name, step.Dropped, step.Left, string.Join("\n", step.Examples.Take(Shown).Select(example => $"{example.Id} ({example.Why}): {Cut(example.Text)}")));
                foreach (var stratum in told.Strata ?? [])
                    table.Row($"of {stratum.Name}", stratum.Documents - stratum.Drawn, stratum.Drawn, "");
                return table;
            });
        });
    }

    static string Cut(string text) => text.Length > TextLength ? text[..TextLength] + "…" : text;
}

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>rag QUESTIONS</c>: closed book against passages.</summary>
public static class RagVerb
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var file = new Argument<FileInfo>("questions") { Description = "MMLU's zip, GPQA's CSV, or JSON lines (question, choices, answer)." };
        var corpus = new Option<string?>("--corpus") { Description = "Where passages come from; without it only the closed book is asked, and what --external names." };
        var pipelines = new Option<string[]>("--pipeline") { Description = "Stored pipelines that find passages, an arm each (default: BM25).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var external = new Option<FileInfo?>("--external") { Description = "A JSON file that describes another search engine: url, datastore, queryField, countField, results, text." };
        var passages = new Option<int>("--passages") { Description = "Passages of a question.", DefaultValueFactory = _ => 3 };
        var budget = new Option<int>("--passage-tokens") { Description = "What they may take together.", DefaultValueFactory = _ => 3000 };
        var split = new Option<string>("--split") { Description = "test, val or dev.", DefaultValueFactory = _ => "test" };
        var subjects = new Option<string[]>("--subject") { Description = "Only these.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var each = new Option<int?>("--per-subject") { Description = "Questions of a subject at most." };
        var shots = new Option<int>("--shots") { Description = "Questions of the split dev shown before, with their answers.", DefaultValueFactory = _ => 0 };
        var direct = new Option<bool>("--direct") { Description = "Ask for the letter alone, without reasoning first." };
        var temperature = new Option<double>("--temperature") { Description = "Of sampling.", DefaultValueFactory = _ => 0 };
        var topP = new Option<double?>("--top-p") { Description = "Nucleus sampling." };
        var seed = new Option<int>("--seed") { Description = "Of sampling, and of the order of GPQA's choices.", DefaultValueFactory = _ => 0 };
        var cost = new Option<double?>("--max-cost") { Description = "The run stops before its calls cost more." };
        var batch = BatchOption.Create();
        return new Command("rag", "Has the language model answer multiple-choice questions by itself and with passages, and counts.")
        {
            file, corpus, pipelines, external, passages, budget, split, subjects, each, shots, direct, temperature, topP, seed, cost, batch,
        }.Does(async (parse, session, ct) =>
        {
            List<RagArm> arms = [new("closed-book")];
            if (parse.GetValue(corpus) is { } named)
                arms.AddRange(parse.GetValue(pipelines) is { Length: > 0 } chosen
                    ? chosen.Select(pipeline => new RagArm(pipeline.Replace('@', '-'), named, new(pipeline.Replace('@', '-'), "pipeline", Pipeline: pipeline), parse.GetValue(passages)))
                    : [new RagArm("bm25", named, new SystemSpec("bm25", "bm25"), parse.GetValue(passages))]);
            if (parse.GetValue(external) is { } described)
                arms.Add(new("external", Passages: parse.GetValue(passages), External: JsonSerializer.Deserialize<ExternalSearch>(await File.ReadAllTextAsync(described.FullName, ct), ReasonIrJson.Strict)));
            var path = parse.GetValue(file)!;
            var spec = new RagSpec(
                Guid.Empty.ToString("N"), arms, string.Concat(Path.GetFileNameWithoutExtension(path.Name).Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' ? letter : '-')),
                parse.GetValue(split)!, parse.GetValue(subjects) is { Length: > 0 } some ? some : null, parse.GetValue(each), parse.GetValue(shots), !parse.GetValue(direct), parse.GetValue(budget),
                Temperature: parse.GetValue(temperature), TopP: parse.GetValue(topP), Seed: parse.GetValue(seed), MaxCost: parse.GetValue(cost), Batch: parse.GetValue(batch));
            // Checked before anything is sent.
            RunSpecs.ThrowIfInvalid(RunKinds.Rag, spec);
            var run = await session.Client.StartAsync(spec with { UploadId = await Uploader.UploadAsync(session.Client, path.FullName, ct) }, ct);
            var detail = await RunFollower.FollowAsync(session, run, ct);
            return Printer.Print(parse, detail.Output!.Value.Deserialize<RagOutput>(ReasonIrJson.Web)!, Table);
        });
    }

    static Spectre.Console.Table Table(RagOutput output)
    {
        var table = Printer.Table("arm", "passages from", "#questions", "#accuracy", "95 % interval", "#no answer", "against the first (McNemar)");
        foreach (var arm in output.Arms)
            table.Row(
                arm.Name, arm.Datastore ?? "closed book", arm.Score.Questions, Figure(arm.Score.Accuracy), $"{Figure(arm.Score.Low)} to {Figure(arm.Score.High)}", arm.Score.Unparsable,
                arm.Against is { } test ? $"{test.Gained} gained, {test.Lost} lost, p {Figure(test.PValue)}" : "");
        return table;
    }

    static string Figure(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}

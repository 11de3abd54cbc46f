using System.CommandLine;
using System.Text.Json;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>pipeline check|save|list|show|diff</c>.</summary>
public static class PipelineVerbs
{
    /// <summary>The verbs.</summary>
    public static Command Create() => new("pipeline", "Query-time pipelines: rewriting, retrievers, fusion, reranking, as data.") { Check(), Save(), List(), Show(), Difference() };

    static Command Check()
    {
        var file = new Argument<FileInfo>("file") { Description = "YAML or JSON." };
        var check = new Command("check", "Checks a pipeline without a system, prints it as it is understood, and every problem at once.") { file, Options.Json };
        check.SetAction(parse =>
        {
            var path = parse.GetValue(file)!;
            if (!path.Exists)
            {
                Console.Error.WriteLine($"reasonir: {path}: there is no such file.");
                return Guard.Failed;
            }
            var found = PipelineCheck.Of(File.ReadAllText(path.FullName));
            foreach (var problem in found.Problems)
                Console.Error.WriteLine($"{path}, {problem}");
            if (found.Problems.Count > 0)
                return Guard.Failed;
            Console.Write(parse.GetValue(Options.Json) ? JsonSerializer.Serialize(found, new JsonSerializerOptions(ReasonIrJson.Web) { WriteIndented = true }) + "\n" : found.Yaml);
            return 0;
        });
        return check;
    }

    static Command Save()
    {
        var name = new Argument<string>("name") { Description = "Its name." };
        var file = new Argument<FileInfo>("file") { Description = "YAML or JSON." };
        return new Command("save", "Stores a pipeline: a new version, unless the newest does the same.") { name, file }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Client.SavePipelineAsync(parse.GetValue(name)!, await File.ReadAllTextAsync(parse.GetValue(file)!.FullName, ct), ct), saved => Table([saved])));
    }

    static Command List() => new Command("list", "Lists the newest version of each pipeline.").Does(async (parse, session, ct) => Printer.Print(parse, await session.Client.PipelinesAsync(ct), Table));

    static Command Show()
    {
        var name = new Argument<string>("pipeline") { Description = "Its name, or name@version." };
        return new Command("show", "Prints a stored pipeline as YAML.") { name }.Does(async (parse, session, ct) =>
        {
            var found = await session.Client.PipelineAsync(parse.GetValue(name)!, ct);
            Console.Write(parse.GetValue(Options.Json) ? JsonSerializer.Serialize(found, new JsonSerializerOptions(ReasonIrJson.Web) { WriteIndented = true }) + "\n" : found.Yaml);
            return 0;
        });
    }

    static Command Difference()
    {
        var a = new Argument<string>("a") { Description = "A pipeline, name or name@version." };
        var b = new Argument<string>("b") { Description = "Another one." };
        return new Command("diff", "Says where two pipelines differ, every default written out.") { a, b }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Client.PipelineDifferenceAsync(parse.GetValue(a)!, parse.GetValue(b)!, ct), differences =>
            {
                var table = Printer.Table("field", parse.GetValue(a)!, parse.GetValue(b)!);
                foreach (var difference in differences)
                    table.Row(difference.Field, difference.A ?? "-", difference.B ?? "-");
                return table;
            }));
    }

    static Spectre.Console.Table Table(IReadOnlyList<PipelineInfo> pipelines)
    {
        var table = Printer.Table("pipeline", "#version", "content", "retrievers", "rewrite", "rerank");
        foreach (var pipeline in pipelines)
            table.Row(
                pipeline.Name, pipeline.Version, pipeline.Hash[..12], string.Join(", ", pipeline.Spec.Retrievers.Select(retriever => retriever.Label)),
                pipeline.Spec.Rewrite?.From, string.Join(", ", (pipeline.Spec.Rerank ?? []).Select(stage => stage.Kind)));
        return table;
    }
}

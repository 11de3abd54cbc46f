using System.CommandLine;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Models;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Cli.Verbs;

/// <summary>Models: list, show, pull from the hub, register a folder, settings of serving.</summary>
public static class ModelVerbs
{
    /// <summary><c>models</c>.</summary>
    public static Command Models() => new Command("models", "Lists the models.").Does(async (parse, session, ct) =>
        Printer.Print(parse, await session.Client.ModelsAsync(ct), models =>
        {
            var table = Printer.Table("model", "kind", "#dimension", "base", "pooling", "revision");
            foreach (var model in models)
                table.Row(model.Name, model.Kind, model.Dimension, model.BaseModel, model.Pooling, model.Revision.Length > 12 ? model.Revision[..12] : model.Revision);
            return table;
        }));

    /// <summary><c>model pull|show|serve</c>.</summary>
    public static Command Model()
    {
        var name = new Argument<string>("name") { Description = "The model." };
        return new Command("model", "One model: pull it from the hub, show it, say how it is served.")
        {
            Pull(),
            new Command("show", "Shows a model: its facts, where it came from, how it is served, and whether it is in memory.") { name }.Does(async (parse, session, ct) =>
                Printer.Print(parse, await session.Client.ModelAsync(parse.GetValue(name)!, ct), model =>
                {
                    var table = Printer.Table("", "");
                    foreach (var (label, value) in new (string, object?)[]
                    {
                        ("model", model.Name), ("kind", model.Kind), ("dimension", model.Dimension), ("longest text", model.MaxTokens is { } tokens ? $"{tokens:N0} tokens" : "no limit"), ("pooling", model.Pooling),
                        ("trained from", model.BaseModel), ("hub", model.Source is { Repository: { } id } source ? $"{id}@{source.Commit}" : model.Source?.Upload), ("license", model.Source?.License), ("revision", model.Revision),
                        ("computes in", model.Serving?.Compute), ("cut at", model.Serving?.MaxTokens), ("instruction", model.Serving?.Instruction),
                    })
                        if (value is not null and not "")
                            table.Row(label, value);
                    return table;
                })),
            Serve(),
        };
    }

    static Command Pull()
    {
        var repository = new Argument<string>("repository") { Description = "ORG/NAME, or ORG/NAME@REVISION with a branch, a tag or a commit." };
        var name = new Option<string?>("--name") { Description = "The name it is served by (default: NAME)." };
        var settings = new ServingOptions();
        return settings.AddTo(new Command("pull", "Downloads a model from the hub that HF_ENDPOINT names, checks it, and registers it. Goes on where an earlier pull was cut off.") { repository, name })
            .Does((parse, session, ct) => RunVerbs.StartAsync(parse, session, new PullModelSpec(parse.GetValue(repository)!, parse.GetValue(name), settings.Read(parse)), ct));
    }

    static Command Serve()
    {
        var name = new Argument<string>("name") { Description = "The model." };
        var settings = new ServingOptions();
        return settings.AddTo(new Command("serve", "Says how a model is served from now on; what is left out is as for all models.") { name }).Does(async (parse, session, ct) =>
        {
            await session.Client.ServeAsync(parse.GetValue(name)!, settings.Read(parse) ?? new(), ct);
            return 0;
        });
    }

    /// <summary><c>register NAME PATH</c>.</summary>
    public static Command Register()
    {
        var name = new Argument<string>("name") { Description = "The name it is served by." };
        var path = new Argument<string>("path") { Description = "A Hugging Face or sentence-transformers folder, or a PEFT folder with an adapter." };
        var basis = new Option<string?>("--base") { Description = "For a folder with an adapter alone: the registered model that it belongs to." };
        var settings = new ServingOptions();
        return settings.AddTo(new Command("register", "Streams a model folder up and registers it.") { name, path, basis }).Does(async (parse, session, ct) =>
        {
            var upload = await Uploader.UploadAsync(session.Client, parse.GetValue(path)!, ct);
            return await RunVerbs.StartAsync(parse, session,
                new RegisterModelSpec(parse.GetValue(name)!, upload, parse.GetValue(path), parse.GetValue(basis), settings.Read(parse)), ct);
        });
    }

    /// <summary>How a model is to be served, as options of a verb.</summary>
    sealed class ServingOptions
    {
        readonly Option<string?> compute = new("--compute") { Description = "Type of computation: f32 or bf16." };
        readonly Option<int?> maxTokens = new("--max-tokens") { Description = "Longer texts are cut here." };
        readonly Option<bool?> bidirectional = new("--bidirectional") { Description = "Whether a token of a decoder sees those after it (default: as config.json says)." };
        readonly Option<string?> instruction = new("--instruction") { Description = "How an instruction becomes a prompt: a text with {instruction} in it; \\n is a line feed." };

        public Command AddTo(Command command)
        {
            foreach (var option in new Option[] { compute, maxTokens, bidirectional, instruction })
                command.Options.Add(option);
            return command;
        }

        public ServingSettings? Read(ParseResult parse)
        {
            var settings = new ServingSettings(parse.GetValue(compute), Bidirectional: parse.GetValue(bidirectional), MaxTokens: parse.GetValue(maxTokens), Instruction: parse.GetValue(instruction)?.Replace("\\n", "\n"));
            return settings == new ServingSettings() ? null : settings;
        }
    }
}

using System.CommandLine;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Cli.Verbs;

/// <summary>Models: list, register a folder.</summary>
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

    /// <summary><c>register NAME PATH</c>.</summary>
    public static Command Register()
    {
        var name = new Argument<string>("name") { Description = "The name it is served by." };
        var path = new Argument<string>("path") { Description = "A Hugging Face or sentence-transformers folder." };
        return new Command("register", "Streams a model folder up and registers it.") { name, path }.Does(async (parse, session, ct) =>
        {
            var upload = await Uploader.UploadAsync(session.Client, parse.GetValue(path)!, ct);
            return await RunVerbs.StartAsync(parse, session, new RegisterModelSpec(parse.GetValue(name)!, upload, Path.GetFileName(Path.TrimEndingDirectorySeparator(parse.GetValue(path)!))), ct);
        });
    }
}

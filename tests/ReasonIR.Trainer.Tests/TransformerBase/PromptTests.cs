using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Models;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Testing;
using ReasonIR.Trainer.Tests.Running;
using ReasonIR.Trainer.TransformerBase;

namespace ReasonIR.Trainer.Tests.TransformerBase;

[Collection(Generator.Process)]
public sealed class PromptTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    static readonly TrainSpec Spec = new(
        new("tuned"), new([new("one"), new("two", Instruction: "help", Prompts: new("d {instruction}: "))], Steps: 2, BatchSize: 6, Prompts: new("{instruction}: ", "q: ", "p: ")),
        new("tiny-bert"), Scale: new(Threads: 1));

    [Fact]
    public async Task Prompts_of_the_recipe_are_in_the_trained_folder_and_go_along_with_further_training()
    {
        await using var host = await TrainerHost.StartAsync(postgres);
        await TinyBert.RegisterAsync(host, "tiny-bert");
        var documents = Texts.Few(12);
        var corpus = await host.ImportAsync("few", documents);
        foreach (var name in new[] { "one", "two" })
            await host.SynthesizedAsync(corpus, name, DatasetKind.Examples, Texts.Examples(documents, 3));
        await host.TrainAsync(Spec);
        var expected = new Dictionary<string, string>
        {
            ["query"] = "{instruction}: ", ["query_bare"] = "q: ", ["document"] = "p: ", ["two_query"] = "d {instruction}: ", ["two_query_bare"] = "d help: ",
        };
        Assert.Equal(expected, Read(await host.ModelAsync("tuned")));
        using (var encoder = ModelFolder.Open(host.FolderOf(await host.ModelAsync("tuned"))))
        {
            Same(encoder, new(Prompt: "q: "), new(PromptName: "query"));
            Same(encoder, new(Prompt: "find: "), new(PromptName: "query", Instruction: "find"));
            Same(encoder, new(Prompt: "d help: "), new(PromptName: "two_query"));
            Same(encoder, new(Prompt: "p: "), new(PromptName: "document"));
        }

        // Trained on without a word of prompts: with its own, which stay; the loss is that of the same prompts in so many words.
        var more = Spec with { Output = new("more"), Base = new("tuned"), Data = Spec.Data with { Sources = [new("one")], Prompts = null } };
        var (run, output) = await host.TrainAsync(more);
        Assert.Equal(("q: ", "p: "), (output.Settings["queryPrompt"], output.Settings["passagePrompt"]));
        Assert.Equal(expected, Read(await host.ModelAsync("more")));
        var (said, _) = await host.TrainAsync(more with { Output = new("said"), Data = more.Data with { Prompts = Spec.Data.Prompts } });
        Assert.Equal(await host.SeriesAsync(said.Id, "loss"), await host.SeriesAsync(run.Id, "loss"));

        Dictionary<string, string> Read(Experiments.Models.Model model)
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(host.FolderOf(model), "config_sentence_transformers.json")));
            return json.RootElement.GetProperty("prompts").EnumerateObject().ToDictionary(prompt => prompt.Name, prompt => prompt.Value.GetString()!);
        }

        static void Same(ITextEncoder encoder, EncodeOptions text, EncodeOptions name) => Assert.Equal(encoder.Encode(["iron"], text, Token), encoder.Encode(["iron"], name, Token));
    }

    [Fact]
    public void What_a_model_says_itself_is_not_said_again()
    {
        var own = new PromptSet(new Dictionary<string, string> { ["query"] = "query: ", ["document"] = "passage: " }, null);
        var data = new DataSection([new("one")]);
        Assert.Null(TrainedPrompts.Of(data, own));
        Assert.Null(TrainedPrompts.Of(data, PromptSet.None));
        Assert.Null(TrainedPrompts.Of(data with { Prompts = new("query: ") }, own));
        // An instruction that all queries had before them is part of how they are to be read.
        Assert.Equal("query: find it ", TrainedPrompts.Of(data with { Sources = [new("one", Instruction: "find it")] }, own)!.Prompts["query"]);
        Assert.Equal("find it: ", TrainedPrompts.Of(data with { Sources = [new("one", Instruction: "find it")], Prompts = new("{instruction}: ") }, own)!.Prompts["query_bare"]);
        // Queries of a model with a place for instructions are read as its documents where they have none, as they are served.
        var instructed = new PromptSet(new Dictionary<string, string> { ["query"] = "u {instruction} e ", ["document"] = "e " }, null);
        Assert.Equal("e ", TrainedPrompts.Of(data, instructed)!.Prompts["query_bare"]);
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Models;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Models;

namespace ReasonIR.Portal.Tests.Results;

/// <summary>What a model was trained on, over the models that it was trained from and the versions that were reviewed.</summary>
public sealed class TrainedOnTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Data_of_a_model_and_its_bases_are_named_with_the_language_model_behind_them()
    {
        await using (var db = await portal.Services.GetRequiredService<IDbContextFactory<ExperimentsDb>>().CreateDbContextAsync(Token))
        {
            var hard = new Dataset { Name = "trained-hard" };
            db.DatasetVersions.AddRange(
                new DatasetVersion { Dataset = hard, Version = 1, Generator = "llm", Spec = """{"generator":"llm","chatModel":"scribe"}""" },
                new DatasetVersion { Dataset = hard, Version = 2, Generator = "llm", Spec = """{"reviewOf":"trained-hard@1"}""" },
                new DatasetVersion { Dataset = new() { Name = "trained-cut" }, Version = 1, Generator = "extractive", Spec = """{"generator":"extractive"}""" });
            Add(db, "trained-old", "", """{"training":{"dataset":"trained-cut","datasetVersion":1,"steps":5}}""");
            Add(db, "trained-new", "trained-old", """{"training":{"dataset":"trained-hard","datasetVersion":2,"steps":5,"sources":[{"dataset":"trained-hard","version":2},{"dataset":"trained-gone","version":3}]}}""");
            Add(db, "trained-start", "trained-old", """{"training":{"dataset":"trained-hard","datasetVersion":2,"steps":0}}""");
            Add(db, "trained-elsewhere", "", "{}");
            await db.SaveChangesAsync(Token);
        }
        var trained = (await portal.Client.ModelAsync("trained-new", Token)).TrainedOn!;
        Assert.Equal([new("trained-new", "trained-hard", 2, "llm", "scribe"), new("trained-new", "trained-gone", 3), new("trained-old", "trained-cut", 1, "extractive")], trained);
        Assert.Equal("trained-hard@2 (language model: scribe), trained-gone@3, trained-cut@1", TrainedOnInfo.List(trained));
        Assert.Equal(["texts written by the language model scribe", "no longer here", "cut from the documents of a corpus, no language model"], trained.Select(one => one.Words));
        // The untrained start of a run has seen what its base saw and nothing more.
        Assert.Equal("trained-cut@1", TrainedOnInfo.List((await portal.Client.ModelAsync("trained-start", Token)).TrainedOn));
        Assert.Empty((await portal.Client.ModelAsync("trained-elsewhere", Token)).TrainedOn!);
        Assert.Contains("Nothing that is recorded here", await portal.Filled.GetStringAsync("/models/trained-elsewhere", Token));
    }

    static void Add(ExperimentsDb db, string name, string from, string metadata) =>
        db.Models.Add(new Model { Name = name, Kind = "static", Revision = name, Path = "models/none", Dimension = 8, BaseModel = from, Metadata = metadata });
}

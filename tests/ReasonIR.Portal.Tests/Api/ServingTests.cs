using System.Net;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Models;

namespace ReasonIR.Portal.Tests.Api;

/// <summary>How a model is served can be said and taken back, and stays with it.</summary>
public sealed class ServingTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Settings_of_serving_are_kept_with_the_model()
    {
        var settings = new ServingSettings("bf16", MaxTokens: 64, Instruction: "<|user|>\n{instruction}\n<|embed|>\n");
        Assert.Equal(settings, (await portal.Client.ServeAsync("tides-static", settings, Token)).Serving);
        Assert.Equal(settings, (await portal.Client.ModelAsync("tides-static", Token)).Serving);
        Assert.Contains(await portal.Client.ModelsAsync(Token), model => model.Serving == settings);
        Assert.Null((await portal.Client.ServeAsync("tides-static", new(), Token)).Serving);
    }

    [Fact]
    public async Task Every_problem_is_told()
    {
        var error = await Assert.ThrowsAsync<ServiceException>(() => portal.Client.ServeAsync("tides-static", new("f8", "f4", MaxTokens: 1, Instruction: "find"), Token));
        Assert.Equal(HttpStatusCode.BadRequest, error.Status);
        Assert.All(new[] { "serving.compute", "serving.stored", "serving.maxTokens", "serving.instruction" }, field => Assert.Contains(field, error.Message));
        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<ServiceException>(() => portal.Client.ServeAsync("ghost", new(), Token))).Status);
    }
}

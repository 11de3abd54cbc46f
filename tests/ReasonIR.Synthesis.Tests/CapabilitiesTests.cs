using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;

namespace ReasonIR.Synthesis.Tests;

public sealed class CapabilitiesTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_service_says_which_generators_can_be_used()
    {
        var without = await AskAsync(null);
        Assert.Equal(["extractive"], without.Generators);
        Assert.Null(without.ChatModel);
        Assert.Contains("REASONIR_CHAT_ENDPOINT", without.Hint);

        var with = await AskAsync(new Uri("http://127.0.0.1:9/v1"));
        Assert.Equal(["extractive", "llm"], with.Generators);
        Assert.Equal("scripted", with.ChatModel);
        Assert.Null(with.Hint);
    }

    async Task<SynthesisCapabilities> AskAsync(Uri? chat)
    {
        await using var host = await SynthesisHost.StartAsync(postgres, work: false);
        var settings = SynthesisHost.Settings(host.ConnectionString, host.Artifacts, chat);
        await using var factory = new WebApplicationFactory<Program>().WithWebHostBuilder(web =>
        {
            foreach (var (name, value) in settings)
                web.UseSetting(name, value);
        });
        return await new SynthesisClient(factory.CreateClient()).CapabilitiesAsync(Token);
    }
}

using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Language.Chat;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Synthesis.Tests.Llm;

/// <summary>Who wrote the end of a batch's lease holds it.</summary>
public sealed class BatchLeaseTests(PostgresFixture postgres)
{
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Renewals_of_one_process_side_by_side_are_no_loss_and_another_process_has_none()
    {
        await using var server = await ScriptedChatServer.StartAsync(_ => new ScriptedReply.Answer("nothing"), Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, work: false);
        var (ours, others) = (ActivatorUtilities.CreateInstance<PostgresBatches>(host.Services), ActivatorUtilities.CreateInstance<PostgresBatches>(host.Services));
        var batch = await ours.AddAsync(new ChatSettings { Endpoint = server.Endpoint, Model = "scripted" }, "token", [new("hash", new CallPurpose(null, "test", "p"))], Lease, Token);
        Assert.NotNull(batch);

        var renewed = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => ours.RenewAsync(batch.Id, "uploading", Lease, Token), Token)));
        Assert.All(renewed, Assert.True);
        Assert.False(await others.RenewAsync(batch.Id, "uploading", Lease, Token));
        Assert.True(await ours.RenewAsync(batch.Id, "creating", Lease, Token));
    }
}

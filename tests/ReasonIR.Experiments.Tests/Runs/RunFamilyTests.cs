using Npgsql;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Runs;

/// <summary>Parents that are canceled, paused and resumed while they enqueue children and while their children end.</summary>
public sealed class RunFamilyTests(PostgresFixture postgres)
{
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, "canceled f")]
    [InlineData(true, "queued t")]
    public async Task A_child_whose_row_comes_while_its_parent_is_stopped_is_stopped_with_it(bool pause, string expected)
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var parent = await system.EnqueueAsync();
        await using var connection = await system.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var insert = new NpgsqlCommand("insert into runs (kind, name, spec, spec_version, state, parent_run_id) values ('scripted', 'child', '{}', 1, 'queued', $1) returning id", connection)
        {
            Parameters = { new() { Value = parent } },
        };
        var child = (long)(await insert.ExecuteScalarAsync(cancellation))!;
        var stopping = pause ? system.Queue.PauseAsync(parent, cancellation) : system.Queue.CancelAsync(parent, cancellation);
        await system.UntilBlockedAsync();
        await transaction.CommitAsync(cancellation);
        Assert.True(await stopping);
        Assert.Equal(expected, await StateAsync(system, child));
    }

    [Theory]
    [InlineData("cancel_requested", "canceled f")]
    [InlineData("paused", "queued t")]
    public async Task A_run_that_is_told_to_stop_and_has_not_heard_of_it_enqueues_children_that_do_not_run(string told, string expected)
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var parent = await system.EnqueueAsync();
        await system.ExecuteAsync($"update runs set state = 'running', {told} = true, lease_until = now() + interval '1 h'");
        Assert.Equal(expected, await StateAsync(system, await system.EnqueueAsync(parent: parent)));
    }

    [Fact]
    public async Task A_run_that_is_canceled_and_resumed_at_once_waits_for_children_that_are_still_ending()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (parent, other) = (await system.EnqueueAsync(), await system.EnqueueAsync());
        var child = await system.EnqueueAsync(parent: parent);
        await system.ExecuteAsync($"update runs set state = 'running', cancel_requested = true, lease_until = now() + interval '1 h' where id = {child}");
        var goingOn = system.Queue.GoOnAsync([child, other], cancellation);
        await Task.WhenAny(goingOn, Task.Delay(300, cancellation));
        await system.ExecuteAsync($"update runs set state = 'canceled', ended_at = now(), lease_until = null where id = {child}");
        await goingOn;
        Assert.Equal("queued f", await StateAsync(system, child));
        Assert.False(await system.ScalarAsync<bool>($"select cancel_requested from runs where id = {child}"));
    }

    [Theory]
    [InlineData("cancel_requested", "canceled f")]
    [InlineData("paused", "queued t")]
    public async Task Children_do_not_go_on_without_their_parent(string told, string expected)
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var parent = await system.EnqueueAsync();
        var child = await system.EnqueueAsync(parent: parent);
        await system.Queue.CancelAsync(child, cancellation);
        await system.ExecuteAsync($"update runs set state = 'running', {told} = true, lease_until = now() + interval '1 h' where id = {parent}");
        await system.Queue.GoOnAsync([child], cancellation);
        Assert.Equal(expected, await StateAsync(system, child));
    }

    static Task<string> StateAsync(TestSystem system, long id) => system.ScalarAsync<string>($"select state || ' ' || left(paused::text, 1) from runs where id = {id}");
}

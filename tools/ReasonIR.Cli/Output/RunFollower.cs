using ReasonIR.Contracts.Client;
using ReasonIR.Contracts.Runs;
using Spectre.Console;

namespace ReasonIR.Cli.Output;

/// <summary>Shows a run until it ends: a progress bar on a terminal, its log lines otherwise.</summary>
public static class RunFollower
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    /// <summary>Waits for the end.</summary>
    /// <returns>The run with its output.</returns>
    /// <exception cref="InvalidOperationException">The run failed or was canceled; the message says why.</exception>
    public static async Task<RunDetail> FollowAsync(Session session, RunInfo run, CancellationToken cancellation)
    {
        Console.Error.WriteLine($"Run {run.Id}: {run.Name}   {new Uri(session.Url, $"runs/{run.Id}")}");
        try
        {
            var detail = Console.IsErrorRedirected
                ? await FollowLinesAsync(session.Client, run.Id, cancellation)
                : await FollowBarAsync(session.Client, run, cancellation);
            return detail.Run.State == "succeeded"
                ? detail
                : throw new InvalidOperationException($"Run {run.Id} {detail.Run.State}: {detail.Run.Error ?? "no reason given"}");
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl-C means the work, not only the watching.
            await session.Client.CancelAsync(run.Id, CancellationToken.None);
            throw;
        }
    }

    static async Task<RunDetail> FollowLinesAsync(ReasonIrClient client, long id, CancellationToken cancellation)
    {
        var last = 0L;
        while (true)
        {
            var detail = await client.RunAsync(id, cancellation);
            foreach (var line in await client.LogAsync(id, last, cancellation))
            {
                // Of an error its first line: where in the code it arose stands in `run log`.
                Console.Error.WriteLine($"  {line.At:HH:mm:ss} {(line.Level == "error" ? line.Message.Split('\n')[0] : line.Message)}");
                last = line.Id;
            }
            if (detail.Run.Ended)
                return detail;
            await Task.Delay(Interval, cancellation);
        }
    }

    static async Task<RunDetail> FollowBarAsync(ReasonIrClient client, RunInfo run, CancellationToken cancellation)
    {
        var console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new ElapsedTimeColumn(), new SpinnerColumn()).StartAsync(async progress =>
        {
            var task = progress.AddTask(Markup.Escape(run.Name));
            while (true)
            {
                var detail = await client.RunAsync(run.Id, cancellation);
                task.IsIndeterminate = detail.Run.Progress is null && !detail.Run.Ended;
                task.Value = 100 * (detail.Run.Progress ?? 0);
                var child = detail.Children.LastOrDefault(c => !c.Ended);
                task.Description = Markup.Escape(child is null ? $"{run.Name} {detail.Run.ProgressText}" : $"{run.Name}: {child.Name} {child.ProgressText}");
                if (detail.Run.Ended)
                {
                    task.Value = detail.Run.State == "succeeded" ? 100 : task.Value;
                    return detail;
                }
                await Task.Delay(Interval, cancellation);
            }
        });
    }
}

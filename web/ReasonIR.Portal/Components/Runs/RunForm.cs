using Microsoft.AspNetCore.Components;
using ReasonIR.Contracts.Runs;
using ReasonIR.Portal.Components.Live;
using ReasonIR.Portal.Runs;

namespace ReasonIR.Portal.Components.Runs;

/// <summary>A form that asks for a run and then shows its page.</summary>
public abstract class RunForm : KeptComponent
{
    [Inject] RunsService Runs { get; set; } = null!;

    /// <summary>Moves between pages.</summary>
    [Inject] protected NavigationManager Navigation { get; set; } = null!;

    /// <summary>Why the run was not accepted: every problem of its spec.</summary>
    protected string? Problem { get; set; }

    /// <summary>While the form is being sent.</summary>
    protected bool Busy { get; private set; }

    /// <summary>While the form cannot be sent: until the page listens, and while it is being sent.</summary>
    protected bool Waits => Busy || !RendererInfo.IsInteractive;

    /// <summary>The page that shows the new run.</summary>
    protected virtual string PageOf(long run) => $"runs/{run}";

    /// <summary>Asks for the run.</summary>
    protected Task StartAsync(IRunSpec spec) => StartAsync(() => Task.FromResult<IRunSpec?>(spec));

    /// <summary>Prepares a spec, which may take long, and asks for the run; nothing is asked for when there is none.</summary>
    protected async Task StartAsync(Func<Task<IRunSpec?>> prepare)
    {
        (Busy, Problem) = (true, null);
        try
        {
            if (await prepare() is { } spec)
                Navigation.NavigateTo(PageOf((await Runs.StartAsync(spec, CancellationToken.None)).Id));
        }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException or IOException)
        {
            Problem = e.Message;
        }
        finally
        {
            Busy = false;
        }
    }
}

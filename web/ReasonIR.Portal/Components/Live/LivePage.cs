using Microsoft.AspNetCore.Components;
using Npgsql;
using ReasonIR.Contracts;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Components.Live;

/// <summary>
/// A page that reads its data when its address changes, and again when a run changes that concerns it: it hears of that from the
/// database and never asks by the clock.
/// </summary>
public abstract class LivePage : KeptComponent
{
    /// <summary>Changes that come within this time are shown together.</summary>
    static readonly TimeSpan Together = TimeSpan.FromMilliseconds(250);

    readonly CancellationTokenSource gone = new();
    readonly SemaphoreSlim reading = new(1);
    IDisposable? subscription;
    int waiting;

    [Inject] RunEvents Events { get; set; } = null!;

    [Inject] ILoggerFactory Logs { get; set; } = null!;

    /// <summary>Moves between pages.</summary>
    [Inject] protected NavigationManager Navigation { get; set; } = null!;

    /// <summary>Ends when the page is left.</summary>
    protected CancellationToken Gone => gone.Token;

    /// <summary>False until the data was read once.</summary>
    protected bool Loaded { get; private set; }

    /// <summary>Why the data could not be read, for people; null when it could.</summary>
    protected string? Problem { get; private set; }

    /// <inheritdoc/>
    protected override bool Keeps => Loaded && Problem is null;

    /// <inheritdoc/>
    protected override void OnHanded() => Loaded = true;

    /// <summary>Reads what the page shows.</summary>
    protected abstract Task LoadAsync(CancellationToken ct);

    /// <summary>Whether a change may alter what the page shows.</summary>
    protected virtual bool Concerns(RunEvent change) => change.Change == RunChange.State;

    /// <inheritdoc/>
    protected override Task OnParametersSetAsync() => ReadAsync();

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        // Never while prerendering: nobody would end that subscription.
        if (firstRender && !gone.IsCancellationRequested)
            subscription = Events.Subscribe(OnChange);
    }

    /// <summary>Reads the page's data now, and shows it.</summary>
    protected async Task ReadAsync()
    {
        try
        {
            await reading.WaitAsync(Gone);
            try
            {
                await LoadAsync(Gone);
                Problem = null;
            }
            finally
            {
                reading.Release();
            }
        }
        catch (Exception) when (gone.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e) when (e is ArgumentException or ServiceException or HttpRequestException or InvalidOperationException or NpgsqlException or TimeoutException)
        {
            Logs.CreateLogger(GetType()).LogWarning(e, "The page could not read its data");
            Problem = e is NpgsqlException ? $"The database does not answer: {e.Message}" : e.Message;
        }
        Loaded = true;
    }

    void OnChange(RunEvent change)
    {
        if ((change.Change == RunChange.Resync || Concerns(change)) && Interlocked.Exchange(ref waiting, 1) == 0)
            _ = RefreshAsync();
    }

    async Task RefreshAsync()
    {
        try
        {
            await Task.Delay(Together, Gone);
            Volatile.Write(ref waiting, 0);
            await InvokeAsync(async () =>
            {
                await ReadAsync();
                if (!gone.IsCancellationRequested)
                    StateHasChanged();
            });
        }
        catch (Exception) when (gone.IsCancellationRequested)
        {
            // The page was left in the meantime.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }

    /// <summary>The address of this page with other query parameters; null removes one.</summary>
    protected string AddressWith(string name, object? value) => Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { [name] = value });

    /// <inheritdoc/>
    public override void Dispose()
    {
        subscription?.Dispose();
        gone.Cancel();
        base.Dispose();
        GC.SuppressFinalize(this);
    }
}

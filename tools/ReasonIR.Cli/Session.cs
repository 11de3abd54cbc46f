using System.Net.Http.Headers;
using ReasonIR.Cli.Servers;
using ReasonIR.Contracts.Client;

namespace ReasonIR.Cli;

/// <summary>A connection to a portal: the named one, the one that runs here, or one started for this verb alone.</summary>
public sealed class Session : IAsyncDisposable
{
    readonly HttpClient http;
    readonly PrivateSystem? started;

    Session(Uri url, PrivateSystem? started)
    {
        this.started = started;
        Url = url;
        http = new HttpClient { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };
        if (Environment.GetEnvironmentVariable("REASONIR_API_KEY") is { Length: > 0 } key)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        (Client, Comparison, Datasets, Spending) = (new(http), new(http), new(http), new(http));
    }

    /// <summary>The portal's address.</summary>
    public Uri Url { get; }

    /// <summary>The REST API.</summary>
    public ReasonIrClient Client { get; }

    /// <summary>Comparisons, judgments and contamination over the same API.</summary>
    public ComparisonClient Comparison { get; }

    /// <summary>What language models took, and their prices.</summary>
    public SpendingClient Spending { get; }

    /// <summary>Files, cards, reports, differences and reviews of datasets.</summary>
    public DatasetClient Datasets { get; }

    /// <summary>Finds or starts a system.</summary>
    public static async Task<Session> OpenAsync(Uri? server, string? data, CancellationToken cancellation)
    {
        server ??= Environment.GetEnvironmentVariable("REASONIR_SERVER") is { Length: > 0 } set ? new Uri(set) : null;
        if (server is not null)
            return new(server, null);
        var directory = DataDirectory.Find(data);
        if (DataDirectory.ReadPortal(directory) is { } portal && await AnswersAsync(portal.Url, cancellation))
            return new(portal.Url, null);
        Console.Error.WriteLine("No system runs here: starting one for this command.");
        var system = await PrivateSystem.StartAsync(directory, cancellation);
        return new(system.Url, system);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (started is not null)
            await started.DisposeAsync();
    }

    static async Task<bool> AnswersAsync(Uri url, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(3) };
        try
        {
            using var response = await http.GetAsync(new Uri(url, "alive"), cancellation);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}

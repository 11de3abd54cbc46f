using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ReasonIR.Retrieval.Tests.Qdrant;

/// <summary>A request as it came over the wire.</summary>
public sealed record WireRequest(string Method, string Path, string? Key, string Body);

/// <summary>An answer to send.</summary>
public sealed record WireAnswer(int Status, string Body, string? RetryAfter = null);

/// <summary>An HTTP server on a free port of the loopback that answers by a function.</summary>
public sealed class LocalServer : IAsyncDisposable
{
    readonly HttpListener listener = new();
    readonly Task serving;
    readonly List<Exception> failures = [];

    public LocalServer(Func<WireRequest, WireAnswer> answer)
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = new($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }
        listener.Prefixes.Add(Address.AbsoluteUri);
        listener.Start();
        serving = Task.Run(async () =>
        {
            while (listener.IsListening)
                try
                {
                    var context = await listener.GetContextAsync();
                    _ = Task.Run(() => ServeAsync(context, answer));
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
        });
    }

    public Uri Address { get; }

    async Task ServeAsync(HttpListenerContext context, Func<WireRequest, WireAnswer> answer)
    {
        using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
        var request = new WireRequest(context.Request.HttpMethod, context.Request.RawUrl!, context.Request.Headers["api-key"], await reader.ReadToEndAsync());
        WireAnswer sent;
        try
        {
            sent = answer(request);
        }
        catch (Exception e)
        {
            lock (failures)
                failures.Add(e);
            sent = new(418, e.Message);
        }
        context.Response.StatusCode = sent.Status;
        if (sent.RetryAfter is not null)
            context.Response.Headers["retry-after"] = sent.RetryAfter;
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(sent.Body));
        context.Response.Close();
    }

    /// <summary>Throws what the function threw.</summary>
    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
        if (failures.Count > 0)
            throw new AggregateException(failures);
    }
}

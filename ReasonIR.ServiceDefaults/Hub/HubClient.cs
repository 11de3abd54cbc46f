using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace ReasonIR.ServiceDefaults.Hub;

/// <summary>
/// The Hugging Face hub's HTTP API: what a repository holds, and its files. Redirects are followed here, not by the client below,
/// because the token belongs to the hub and goes nowhere else. Thread-safe.
/// </summary>
public sealed class HubClient : IDisposable
{
    const int MaxRedirects = 8;

    /// <summary>A listing of 100,000 files is about 20 MB.</summary>
    const int MaxListingBytes = 64 << 20;

    readonly HttpClient http;

    public HubClient(HubOptions options)
    {
        Options = options;
        // Compressed bytes would be neither those that the checksum covers nor those that a range counts.
        http = new(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None, ConnectTimeout = TimeSpan.FromSeconds(20), UseCookies = false })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.UserAgent.Add(new("reasonir", typeof(HubClient).Assembly.GetName().Version?.ToString(2) ?? "0"));
        http.DefaultRequestHeaders.AcceptEncoding.Add(new("identity"));
    }

    public HubOptions Options { get; }

    /// <summary>What a repository holds at a revision.</summary>
    /// <exception cref="InvalidOperationException">HF_ENDPOINT is not set.</exception>
    /// <exception cref="HubException">The hub refuses; the message says what to do.</exception>
    /// <exception cref="InvalidDataException">The answer is not what the hub gives.</exception>
    public Task<HubListing> ListAsync(HubReference reference, CancellationToken cancellation = default) => HubRetry.RunAsync(Options, null, async () =>
    {
        var address = new Uri(Options.RequireEndpoint(), $"api/{(reference.Kind == HubKind.Model ? "models" : "datasets")}/{reference.Id}/revision/{Uri.EscapeDataString(reference.Revision)}?blobs=true");
        using var answer = await SendAsync(address, reference, null, null, cancellation);
        await using var body = await ReadBoundedAsync(answer.Response, MaxListingBytes, cancellation);
        try
        {
            using var json = await JsonDocument.ParseAsync(body, cancellationToken: cancellation);
            return HubListing.Parse(reference, json.RootElement);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The hub's answer about {reference} is not JSON: {e.Message} Is HF_ENDPOINT the address of a hub?", e);
        }
    }, cancellation);

    /// <summary>A small text file, e.g. modules.json.</summary>
    public Task<byte[]> ReadAsync(HubListing listing, HubFile file, int maxBytes, CancellationToken cancellation = default) => HubRetry.RunAsync(Options, null, async () =>
    {
        using var answer = await OpenAsync(listing, file, 0, cancellation);
        await using var body = await ReadBoundedAsync(answer.Response, maxBytes, cancellation);
        var bytes = ((MemoryStream)body).ToArray();
        answer.Checksum(file).Check(bytes, $"{listing.Reference}: {file.Path}");
        return bytes;
    }, cancellation);

    /// <summary>A file's content from an offset on; the answer may begin at 0 nevertheless (status 200 in place of 206).</summary>
    internal Task<HubAnswer> OpenAsync(HubListing listing, HubFile file, long offset, CancellationToken cancellation)
    {
        var path = string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString));
        var address = new Uri(Options.RequireEndpoint(), $"{(listing.Reference.Kind == HubKind.Model ? "" : "datasets/")}{listing.Reference.Id}/resolve/{listing.Commit}/{path}");
        return SendAsync(address, listing.Reference, file.Path, offset == 0 ? null : new RangeHeaderValue(offset, null), cancellation);
    }

    async Task<HubAnswer> SendAsync(Uri address, HubReference reference, string? file, RangeHeaderValue? range, CancellationToken cancellation)
    {
        var endpoint = Options.RequireEndpoint();
        HubTags? tags = null;
        for (var redirects = 0; redirects <= MaxRedirects; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Range = range } };
            if (!string.IsNullOrWhiteSpace(Options.Token) && SameOrigin(address, endpoint))
                request.Headers.Authorization = new("Bearer", Options.Token.Trim());
            var response = await WithinAsync(Options.Stall, token => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancellation);
            try
            {
                if (SameOrigin(address, endpoint))
                    tags = HubTags.Read(response, tags);
                if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Redirect or HttpStatusCode.RedirectMethod or HttpStatusCode.RedirectKeepVerb or HttpStatusCode.PermanentRedirect))
                {
                    if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)
                        throw await HubException.FromAsync(response, reference, file, !string.IsNullOrWhiteSpace(Options.Token), cancellation);
                    return new(response, tags);
                }
                var next = response.Headers.Location is { } location ? new Uri(address, location) : throw new HubException($"{reference}: the hub redirects to nowhere.", response.StatusCode);
                if (next.Scheme is not ("http" or "https") || address.Scheme == "https" && next.Scheme == "http")
                    throw new HubException($"{reference}: the hub redirects to {next.GetLeftPart(UriPartial.Authority)}, which is less safe than {address.GetLeftPart(UriPartial.Authority)}.", response.StatusCode);
                address = next;
                response.Dispose();
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
        throw new HubException($"{reference}: more than {MaxRedirects} redirects.");
    }

    static bool SameOrigin(Uri address, Uri endpoint) => address.Scheme == endpoint.Scheme && address.Port == endpoint.Port && address.Host.Equals(endpoint.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>Gives up what takes longer than the limit.</summary>
    internal static async Task<T> WithinAsync<T>(TimeSpan limit, Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(limit);
        try
        {
            return await work(late.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"The hub was silent for {limit.TotalSeconds:0.#} s.", e);
        }
    }

    internal static async Task<Stream> ReadBoundedAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellation)
    {
        var body = new MemoryStream();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[1 << 16];
        for (int read; (read = await stream.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (body.Length + read > maxBytes)
                throw new InvalidDataException($"{response.RequestMessage?.RequestUri?.GetLeftPart(UriPartial.Path)}: more than {maxBytes:N0} bytes.");
            body.Write(buffer, 0, read);
        }
        body.Position = 0;
        return body;
    }

    public void Dispose() => http.Dispose();
}

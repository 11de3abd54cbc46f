using System.Net;

namespace ReasonIR.ServiceDefaults.Hub;

/// <summary>One file of a repository into a local file: what a broken attempt left is gone on from, and the content is checked at the end.</summary>
static class HubDownload
{
    /// <param name="hub">The hub.</param>
    /// <param name="listing">The repository at a commit.</param>
    /// <param name="file">The file.</param>
    /// <param name="part">Where its bytes gather; it holds the whole, checked content afterwards.</param>
    /// <param name="onBytes">Told how many bytes are there.</param>
    /// <param name="log">Told of failures that are tried again.</param>
    /// <param name="cancellation">Cancels; what is there stays.</param>
    /// <exception cref="HubException">The hub refuses, or the content is not what it promised.</exception>
    public static async Task RunAsync(HubClient hub, HubListing listing, HubFile file, string part, Action<long> onBytes, Action<string>? log, CancellationToken cancellation)
    {
        var what = $"{listing.Reference.Id}: {file.Path}";
        var received = 0L;
        for (var wrong = 0; ; wrong++)
        {
            var checksum = await HubRetry.RunAsync(hub.Options, message => log?.Invoke($"{what}: {message}"), () => OnceAsync(hub, listing, file, part, what, bytes =>
            {
                received += bytes.New;
                onBytes(bytes.Total);
            }, cancellation), cancellation, () => received);
            try
            {
                await checksum.CheckFileAsync(part, what, cancellation);
                return;
            }
            catch (HubException e)
            {
                File.Delete(part);
                // Bytes that an earlier attempt left may be the fault; fetched anew they are not.
                if (wrong > 0)
                    throw;
                log?.Invoke($"{e.Message} It is fetched anew.");
            }
        }
    }

    static async Task<HubChecksum> OnceAsync(HubClient hub, HubListing listing, HubFile file, string part, string what, Action<(long New, long Total)> onBytes, CancellationToken cancellation)
    {
        await using var target = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 1, FileOptions.Asynchronous);
        if (file.Bytes is { } whole && target.Length > whole)
            target.SetLength(0);
        // The last byte is asked for anew: a range beyond the end is an error, and the answer carries the checksum.
        var offset = file.Bytes == target.Length ? Math.Max(0, target.Length - 1) : target.Length;
        using var answer = await hub.OpenAsync(listing, file, offset, cancellation);
        var response = answer.Response;
        var checksum = answer.Checksum(file);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            target.SetLength(0);
            throw new HubException($"{what}: the hub has no bytes from {offset:N0} on; the download starts anew.", response.StatusCode) { Passing = offset > 0, RetryAfter = TimeSpan.Zero };
        }
        if (response.StatusCode != HttpStatusCode.PartialContent)
            offset = 0;
        else if (response.Content.Headers.ContentRange is not { From: { } from } || from != offset)
        {
            target.SetLength(0);
            throw new HubException($"{what}: bytes from {offset:N0} on were asked for, others came.", response.StatusCode) { Passing = true };
        }
        var expected = file.Bytes ?? (response.Content.Headers.ContentLength is { } rest ? offset + rest : null);
        target.SetLength(offset);
        target.Position = offset;
        onBytes((0, offset));

        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[1 << 18];
        while (true)
        {
            var read = await HubClient.WithinAsync(hub.Options.Stall, token => body.ReadAsync(buffer, token).AsTask(), cancellation);
            if (read == 0)
                break;
            if (target.Position + read > (expected ?? hub.Options.MaxBytes))
            {
                target.SetLength(0);
                throw new HubException($"{what}: more came than the {expected ?? hub.Options.MaxBytes:N0} bytes that were expected.");
            }
            await target.WriteAsync(buffer.AsMemory(0, read), cancellation);
            onBytes((read, target.Position));
        }
        return expected is null || target.Length == expected
            ? checksum
            : throw new HubException($"{what}: the connection ended after {target.Length:N0} of {expected:N0} bytes.") { Passing = true };
    }
}

using System.Net.Http.Headers;
using System.Text.Json;

namespace ReasonIR.Language.Chat;

/// <summary>The answer is larger than allowed. Not retried: the server would say the same again.</summary>
public sealed class AnswerTooLargeException(int limit, string setting)
    : Exception($"The chat endpoint's answer is larger than {limit} bytes ({setting}).");

/// <summary>
/// Reads the whole answer, at most <see cref="ChatSettings.MaxAnswerBytes"/>, before it goes on. Below the retries, so that a connection dropped in the
/// middle of an answer, or a body cut short, is retried like one dropped before it.
/// </summary>
sealed class BoundedAnswerHandler(ChatSettings settings, HttpMessageHandler inner) : DelegatingHandler(inner)
{

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var response = await base.SendAsync(request, cancellation);
        try
        {
            var body = await ReadAsync(response.Content, settings, cancellation);
            if (response.IsSuccessStatusCode)
                Check(body);
            var content = new ByteArrayContent(body);
            foreach (var header in response.Content.Headers)
                if (header.Key != "Content-Length")
                    content.Headers.TryAddWithoutValidation(header.Key, header.Value);
            content.Headers.ContentType ??= new MediaTypeHeaderValue("application/json");
            response.Content = content;
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <exception cref="AnswerTooLargeException">There is more than allowed.</exception>
    public static async Task<byte[]> ReadAsync(HttpContent content, ChatSettings settings, CancellationToken cancellation)
    {
        var maxBytes = settings.MaxAnswerBytes;
        if (content.Headers.ContentLength > maxBytes)
            throw TooLarge(settings);
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (body.Length + read > maxBytes)
                throw TooLarge(settings);
            body.Write(buffer, 0, read);
        }
        return body.ToArray();
    }

    static AnswerTooLargeException TooLarge(ChatSettings settings) => new(settings.MaxAnswerBytes, ChatConfiguration.Label(settings.Name, "MaxAnswerBytes"));

    static void Check(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
        }
        catch (JsonException error)
        {
            throw new HttpRequestException($"The chat endpoint's answer of {body.Length} bytes is not whole JSON.", error);
        }
    }
}

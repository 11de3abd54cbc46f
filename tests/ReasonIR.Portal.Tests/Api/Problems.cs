using System.Net;
using System.Text.Json;

namespace ReasonIR.Portal.Tests.Api;

/// <summary>The shape of every error.</summary>
static class Problems
{
    public static async Task<string> ExpectAsync(HttpResponseMessage response, HttpStatusCode status, params string[] words)
    {
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == response.StatusCode, $"{response.StatusCode}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(body);
        var detail = problem.RootElement.GetProperty("detail").GetString()!;
        foreach (var word in words)
            Assert.Contains(word, detail);
        return detail;
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;

namespace ReasonIR.Hosting.Tests.ServiceDefaults;

public sealed class ProblemTests
{
    sealed record Body(int Count, string Name);

    static void Map(WebApplication app)
    {
        app.MapGet("/argument", string () => throw new ArgumentException("k is 0; expected 1 to 1000"));
        app.MapGet("/data", string () => throw new InvalidDataException("corpus.jsonl line 3: no field _id"));
        app.MapGet("/ours", string () => throw new InvalidOperationException("password=hunter2"));
        app.MapGet("/null", string () => throw new ArgumentNullException("connection"));
        app.MapGet("/away", string () => throw new HttpRequestException("The service search does not answer"));
        app.MapPost("/body", (Body body) => body.Count);
    }

    [Theory]
    [InlineData("/argument", 400, "k is 0; expected 1 to 1000")]
    [InlineData("/data", 400, "corpus.jsonl line 3: no field _id")]
    [InlineData("/ours", 500, null)]
    [InlineData("/null", 500, null)]
    [InlineData("/away", 503, "The service search does not answer")]
    [InlineData("/absent", 404, null)]
    public async Task Every_failure_is_a_problem_document(string path, int status, string? detail)
    {
        await using var service = await TestService.StartAsync(Map);
        using var client = service.PlainClient();
        using var response = await client.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<ProblemDetails>(TestContext.Current.CancellationToken);
        Assert.Equal(status, problem!.Status);
        Assert.Equal(detail, problem.Detail);
        Assert.DoesNotContain("hunter2", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("{\"count\": \"many\", \"name\": \"x\"}", "$.count")]
    [InlineData("{\"count\": 1}", "name")]
    [InlineData("{\"count\": 1, \"name\": null}", "name")]
    public async Task A_body_that_does_not_fit_names_the_field(string body, string named)
    {
        await using var service = await TestService.StartAsync(Map);
        using var client = service.PlainClient();
        using var response = await client.PostAsync(
            "/body", new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(named, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}

using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.ServiceDefaults.Resilience;

namespace ReasonIR.Hosting.Tests.ServiceDefaults;

/// <summary>Clients made in one service and answered by another.</summary>
public sealed class ClientTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_is_found_by_name_and_replicas_take_turns()
    {
        await using var first = await TestService.StartAsync(app => app.MapGet("/v1/who", (string q) => $"first {q}"));
        await using var second = await TestService.StartAsync(app => app.MapGet("/v1/who", (string q) => $"second {q}"));
        await using var caller = await TestService.StartAsync(settings: [("services:search:http:0", first.Url), ("services:search:http:1", second.Url)]);
        var client = caller.Client();
        var answers = new List<string>();
        foreach (var scheme in new[] { "http", "https+http", "http", "http" })
            answers.Add(await client.GetStringAsync(scheme + "://search/v1/who?q=a%20b", Cancellation));
        Assert.Equal(["first a b", "second a b", "first a b", "second a b"], answers);
    }

    [Fact]
    public async Task Other_hosts_pass_and_never_see_the_key()
    {
        const string key = "0123456789abcdef";
        static void Map(WebApplication app) => app.MapGet("/headers", (HttpRequest request) => $"[{request.Headers["X-Api-Key"]}{request.Headers.Authorization}]");
        await using var search = await TestService.StartAsync(Map, settings: ("REASONIR_API_KEY", key));
        await using var stranger = await TestService.StartAsync(Map);
        await using var caller = await TestService.StartAsync(settings: [("services:search:http:0", search.Url), ("REASONIR_API_KEY", key)]);
        Assert.Equal($"[{key}]", await caller.Client().GetStringAsync("http://search/headers", Cancellation));
        Assert.Equal("[]", await caller.Client().GetStringAsync(stranger.Url + "/headers", Cancellation));
    }

    [Fact]
    public async Task A_service_that_is_down_is_named()
    {
        await using var caller = await TestService.StartAsync(
            services: s => s.AddHttpClient("once").WithResilience(o => o.Retries = 0), settings: ("services:search:http:0", "http://127.0.0.1:9"));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => caller.Client("once").GetAsync("http://search/", Cancellation));
        Assert.Contains("The service search at http://127.0.0.1:9 does not answer", error.Message);
    }

    [Fact]
    public async Task Only_requests_that_may_be_repeated_are_retried()
    {
        var calls = 0;
        await using var flaky = await TestService.StartAsync(app => app.Map("/flaky", () => Interlocked.Increment(ref calls) % 3 == 0 ? Results.Ok("third") : Results.StatusCode(503)));
        await using var caller = await TestService.StartAsync(services: s => s.AddHttpClient("quick").WithResilience(o => o.Delay = TimeSpan.FromMilliseconds(5)));
        var client = caller.Client("quick");

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(flaky.Url + "/flaky", Cancellation)).StatusCode);
        Assert.Equal(3, calls);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.PostAsync(flaky.Url + "/flaky", new StringContent("x"), Cancellation)).StatusCode);
        Assert.Equal(4, calls);
        calls = 0;
        using var search = new HttpRequestMessage(HttpMethod.Post, flaky.Url + "/flaky") { Content = new StringContent("x") };
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(search.MarkIdempotent(), Cancellation)).StatusCode);
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Slow_answers_are_cut_off_but_uploads_are_not()
    {
        await using var slow = await TestService.StartAsync(app => app.Map("/slow", async (HttpRequest request, CancellationToken cancellation) =>
        {
            await request.Body.CopyToAsync(Stream.Null, cancellation);
            await Task.Delay(600, cancellation);
            return "done";
        }));
        await using var caller = await TestService.StartAsync(services: s => s.AddHttpClient("brief").WithResilience(o =>
        {
            o.AttemptTimeout = TimeSpan.FromMilliseconds(150);
            o.Retries = 0;
        }));
        var client = caller.Client("brief");
        var error = await Assert.ThrowsAsync<TimeoutException>(() => client.GetAsync(slow.Url + "/slow", Cancellation));
        Assert.Contains("/slow was not answered within 0.2 s", error.Message.Replace("0.15", "0.2"));
        using var upload = new StreamContent(new MemoryStream(new byte[1000]));
        Assert.Equal("done", await (await client.PostAsync(slow.Url + "/slow", upload, Cancellation)).Content.ReadAsStringAsync(Cancellation));
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ReasonIR.ServiceDefaults.Access;

namespace ReasonIR.Hosting.Tests.ServiceDefaults;

public sealed class AccessTests
{
    const string Key = "correct horse battery staple";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static Task<TestService> KeyedAsync() => TestService.StartAsync(Map, settings: ("REASONIR_API_KEY", Key));

    static void Map(WebApplication app)
    {
        app.MapGet("/secret", () => "told");
        app.MapPost("/change", () => "changed");
        app.MapPost("/upload", async (HttpRequest request) => (await Count(request.Body)).ToString()).AllowUpload(2 << 20);
        app.MapPost("/small", async (HttpRequest request) => (await Count(request.Body)).ToString());
    }

    static async Task<long> Count(Stream body)
    {
        var buffer = new byte[8192];
        long total = 0;
        for (int read; (read = await body.ReadAsync(buffer)) > 0;)
            total += read;
        return total;
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    [InlineData("http://[::]:0")]
    public async Task Without_a_key_nothing_listens_beyond_loopback(string url)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => TestService.StartAsync(Map, settings: ("urls", url)));
        Assert.Contains("REASONIR_API_KEY", error.Message);
    }

    [Fact]
    public async Task With_a_key_it_may_listen_anywhere()
    {
        await using var service = await TestService.StartAsync(Map, settings: [("urls", "http://0.0.0.0:0"), ("REASONIR_API_KEY", Key)]);
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(service.Url.Replace("0.0.0.0", "127.0.0.1") + "/secret", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Without_the_key_every_request_but_health_is_refused()
    {
        await using var service = await KeyedAsync();
        using var client = service.PlainClient();
        foreach (var path in new[] { "/secret", "/", "/absent", "/health/more", "/health/../secret" })
        {
            using var refused = await client.GetAsync(path, Cancellation);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
            Assert.DoesNotContain("told", await refused.Content.ReadAsStringAsync(Cancellation));
        }
        Assert.Equal("Healthy", await client.GetStringAsync("/health", Cancellation));
        Assert.Equal("Healthy", await client.GetStringAsync("/alive", Cancellation));
    }

    [Theory]
    [InlineData("Authorization", "Bearer " + Key, true)]
    [InlineData("Authorization", "bearer " + Key, true)]
    [InlineData("X-Api-Key", Key, true)]
    [InlineData("X-Api-Key", Key + "x", false)]
    [InlineData("X-Api-Key", "", false)]
    [InlineData("Authorization", "Bearer", false)]
    [InlineData("Authorization", "Basic not-base64!", false)]
    [InlineData("Authorization", Key, false)]
    public async Task The_key_is_taken_from_either_header(string header, string value, bool accepted)
    {
        await using var service = await KeyedAsync();
        using var client = service.PlainClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation(header, value);
        using var response = await client.GetAsync("/secret", Cancellation);
        Assert.Equal(accepted ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task A_browser_gives_the_key_as_password()
    {
        await using var service = await KeyedAsync();
        using var client = service.PlainClient();
        Assert.Contains((await client.GetAsync("/secret", Cancellation)).Headers.WwwAuthenticate, challenge => challenge.Scheme == "Basic");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"anyone:{Key}")));
        Assert.Equal("told", await client.GetStringAsync("/secret", Cancellation));
    }

    [Theory]
    [InlineData("evil.example", HttpStatusCode.BadRequest)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.BadRequest)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("[::1]", HttpStatusCode.OK)]
    public async Task Without_a_key_only_this_machines_names_are_answered(string host, HttpStatusCode expected)
    {
        await using var service = await TestService.StartAsync(Map);
        using var client = service.PlainClient();
        client.DefaultRequestHeaders.Host = host;
        Assert.Equal(expected, (await client.GetAsync("/secret", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Another_sites_page_may_neither_post_nor_open_a_socket()
    {
        await using var service = await TestService.StartAsync(Map);
        using var client = service.PlainClient();
        Assert.Equal("changed", await (await client.PostAsync("/change", null, Cancellation)).Content.ReadAsStringAsync(Cancellation));
        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "cross-site");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("/change", null, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/secret", Cancellation)).StatusCode);
        client.DefaultRequestHeaders.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/secret", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Requests_are_bounded_and_uploads_by_their_own_bound()
    {
        await using var service = await TestService.StartAsync(Map, settings: ("REASONIR_MAX_REQUEST_BYTES", "100000"));
        using var client = service.PlainClient();
        Assert.Equal(HttpStatusCode.OK, await PostAsync("/small", 100_000));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await PostAsync("/small", 100_001));
        Assert.Equal(HttpStatusCode.OK, await PostAsync("/upload", 2 << 20));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await PostAsync("/upload", (2 << 20) + 1));

        async Task<HttpStatusCode> PostAsync(string path, int bytes)
        {
            using var response = await client.PostAsync(path, new ByteArrayContent(new byte[bytes]), Cancellation);
            if (!response.IsSuccessStatusCode)
                Assert.Equal((int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation)).RootElement.GetProperty("status").GetInt32());
            return response.StatusCode;
        }
    }
}

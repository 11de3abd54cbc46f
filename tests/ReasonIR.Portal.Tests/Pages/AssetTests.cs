using System.IO.Compression;
using System.Net;

namespace ReasonIR.Portal.Tests.Pages;

/// <summary>
/// The files without which a page is silently dead: asked for as a browser does, compressed. They have come empty before, from the second
/// build on.
/// </summary>
public sealed class AssetTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/_framework/blazor.web.js", "Blazor")]
    [InlineData("/_content/Radzen.Blazor/Radzen.Blazor.min.js", "Radzen")]
    [InlineData("/_content/Radzen.Blazor/css/standard.css", "--rz-")]
    [InlineData("/_content/Radzen.Blazor/css/standard-dark.css", "--rz-")]
    [InlineData("/app.css", ".shell")]
    [InlineData("/parts.css", ".loop")]
    [InlineData("/portal.js", "toggleTheme")]
    [InlineData("/uploads.js", "sendFiles")]
    [InlineData("/icon.svg", "<svg")]
    [InlineData("/api/docs/index.html", "ReasonIR API")]
    public async Task A_compressed_answer_holds_the_file(string address, string content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Add("Accept-Encoding", "gzip, br");
        using var response = await portal.Empty.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        Stream plain = response.Content.Headers.ContentEncoding.SingleOrDefault() switch
        {
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            _ => body,
        };
        Assert.Contains(content, await new StreamReader(plain).ReadToEndAsync(Token));
    }

    [Fact]
    public async Task A_page_names_only_files_that_are_there()
    {
        var html = await portal.Empty.GetStringAsync("/", Token);
        var files = System.Text.RegularExpressions.Regex.Matches(html, "(?:src|href)=\"([^\"]+\\.(?:js|css|svg))\"").Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.True(files.Count >= 7, string.Join(", ", files));
        foreach (var file in files)
        {
            using var response = await portal.Empty.GetAsync("/" + file, Token);
            Assert.True(response.IsSuccessStatusCode, $"{file}: {response.StatusCode}");
        }
    }
}

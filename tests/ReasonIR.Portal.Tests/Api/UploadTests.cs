using System.Net;
using System.Text;

namespace ReasonIR.Portal.Tests.Api;

/// <summary>Files come in under names that cannot leave their upload.</summary>
public sealed class UploadTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_arrives_whole_and_a_second_one_replaces_it()
    {
        var upload = await portal.Client.CreateUploadAsync(Token);
        foreach (var text in new[] { "first", "second" })
            await portal.Client.UploadAsync(upload.Id, "qrels/für alle.tsv", new MemoryStream(Encoding.UTF8.GetBytes(text)), Token);
        var folder = Path.Combine(portal.Folder, "filled", "uploads", upload.Id);
        Assert.Equal("second", await File.ReadAllTextAsync(Path.Combine(folder, "qrels", "für alle.tsv"), Token));
        Assert.Single(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("../../outside.txt")]
    [InlineData("a/../../../outside.txt")]
    [InlineData("a/./outside.txt")]
    [InlineData("a\\..\\outside.txt")]
    [InlineData("a//outside.txt")]
    [InlineData("a/outside.txt\0")]
    public async Task A_path_that_would_leave_the_upload_is_refused(string path)
    {
        var upload = await portal.Client.CreateUploadAsync(Token);
        // As it arrives: a client and Kestrel would tidy most of these paths before.
        var answer = await portal.Server.SendAsync(request =>
        {
            (request.Request.Method, request.Request.Path) = ("PUT", $"/api/uploads/{upload.Id}/files/{path}");
            request.Request.Host = new("localhost");
            request.Request.Body = new MemoryStream("x"u8.ToArray());
        }, Token);
        Assert.Equal(StatusCodes.Status400BadRequest, answer.Response.StatusCode);
        Assert.Empty(Directory.EnumerateFiles(portal.Folder, "outside.txt", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(portal.Folder, "filled", "uploads", upload.Id)));
    }

    [Fact]
    public async Task An_escaped_slash_is_no_slash()
    {
        var upload = await portal.Client.CreateUploadAsync(Token);
        using var response = await portal.Filled.PutAsync($"/api/uploads/{upload.Id}/files/..%2F..%2Foutside.txt", new StringContent("x"), Token);
        Assert.Empty(Directory.EnumerateFiles(portal.Folder, "outside.txt", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("00000000000000000000000000000001", HttpStatusCode.NotFound)]
    [InlineData("not-an-upload", HttpStatusCode.BadRequest)]
    public async Task An_upload_that_was_not_made_takes_nothing(string id, HttpStatusCode status)
    {
        using var response = await portal.Filled.PutAsync($"/api/uploads/{id}/files/a.txt", new StringContent("x"), Token);
        await Problems.ExpectAsync(response, status, id);
    }
}

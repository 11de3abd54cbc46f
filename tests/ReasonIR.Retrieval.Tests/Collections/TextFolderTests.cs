using ReasonIR.Retrieval.Collections;

namespace ReasonIR.Retrieval.Tests.Collections;

public sealed class TextFolderTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("reasonir-texts-").FullName;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Reads_texts_in_the_order_of_their_paths()
    {
        Directory.CreateDirectory(Path.Combine(folder, "sub", ".git"));
        File.WriteAllText(Path.Combine(folder, "sub", "b.MD"), "intro\n```\n# no title\n```\n## Two words ##\r\nbody\n# later");
        File.WriteAllText(Path.Combine(folder, "a.txt"), "\uFEFFFirst line\n\nThe rest.\n");
        File.WriteAllText(Path.Combine(folder, "long.txt"), new string('x', 500) + "\ny");
        File.WriteAllText(Path.Combine(folder, "one.md"), "# C#\n");
        File.WriteAllText(Path.Combine(folder, "empty.txt"), "");
        File.WriteAllText(Path.Combine(folder, "image.png"), "no text");
        File.WriteAllText(Path.Combine(folder, "sub", ".git", "hidden.txt"), "hidden");
        File.CreateSymbolicLink(Path.Combine(folder, "link.txt"), "/etc/hostname");
        Assert.Equal(
            [
                new("a.txt", "First line", "The rest."),
                new("empty.txt", "empty", ""),
                new("long.txt", "long", new string('x', 500) + "\ny"),
                new("one.md", "C#", ""),
                new("sub/b.MD", "Two words", "intro\n```\n# no title\n```\n\nbody\n# later"),
            ],
            await new TextFolder(folder).ReadDocumentsAsync(Cancellation).ToArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Names_the_line_that_is_no_UTF_8()
    {
        var error = await Assert.ThrowsAsync<CollectionFormatException>(() =>
            TextFolder.ReadFileAsync(Streams.Of([(byte)'a', (byte)'\n', 0xFF]), "x.txt", cancellation: Cancellation));
        Assert.Equal("x.txt, line 2: is not valid UTF-8.", error.Message);
        error = await Assert.ThrowsAsync<CollectionFormatException>(() =>
            TextFolder.ReadFileAsync(Streams.Of(new string('x', 101)), "x.txt", new(100), Cancellation));
        Assert.Contains("at most 100 bytes", error.Message);
        Assert.Throws<CollectionFormatException>(() => new TextFolder(Path.Combine(folder, "absent")).Paths());
    }
}

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ReasonIR.Encoder.Requests;

namespace ReasonIR.Encoder.Tests.OpenAi;

public sealed class JsonTextTests
{
    [Fact]
    public void Random_strings_read_as_the_framework_reads_them()
    {
        var random = new Random(5);
        string[] pieces = ["a", "text ", "\"", "\\", "/", "\n", "\t", "\b", "\f", "\r", "\u0001", "ä", "中", "😀", "\u2028", "'", "<", "\0", "é"];
        for (var i = 0; i < 2000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => pieces[random.Next(pieces.Length)]));
            foreach (var encoder in new[] { JavaScriptEncoder.Default, JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
            {
                var json = JsonSerializer.SerializeToUtf8Bytes(text, new JsonSerializerOptions { Encoder = encoder });
                Assert.Equal(text, Decode(json.AsSpan(1..^1)));
            }
        }
    }

    [Theory]
    [InlineData("\\u0041\\/\\u00e4\\u00E4", "A/ää")]
    [InlineData("\\ud83d\\ude00", "😀")]
    [InlineData("x\\ud83d", null)]
    [InlineData("\\ude00x", null)]
    [InlineData("\\ude00\\ud83d", null)]
    [InlineData("\\ud83d\\ud83d\\ude00", null)]
    public void Escapes_and_lone_halves(string json, string? expected) => Assert.Equal(expected, Decode(Encoding.ASCII.GetBytes(json)));

    [Theory]
    [InlineData(new byte[] { 0x61, 0xff })]
    [InlineData(new byte[] { 0xc3 })]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 })]
    public void Bytes_that_are_no_UTF8(byte[] json) => Assert.Null(Decode(json));

    static string? Decode(ReadOnlySpan<byte> json)
    {
        var characters = new char[json.Length];
        return JsonText.Decode(json, characters) is >= 0 and var count ? new(characters, 0, count) : null;
    }
}

using System.Text;
using ReasonIR.Retrieval.Ranking;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Ranking;

public sealed class DocumentOrderTests
{
    [Fact]
    public void Ids_compare_as_their_bytes_do()
    {
        var random = new Random(5);
        int[] codePoints = ['a', 'b', 'Z', '/', 0xE9, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFF5E, 0xFFFD, 0x10000, 0x1F600, 0x10FFFF];
        for (var trial = 0; trial < 5000; trial++)
        {
            var (a, b) = (Word(), Word());
            var bytes = Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));

            Assert.Equal(Math.Sign(bytes), Math.Sign(DocumentOrder.CompareIds(a, b)));
        }

        string Word() => string.Concat(random.GetItems(codePoints, random.Next(4)).Select(char.ConvertFromUtf32));
    }
}

using ReasonIR.Retrieval.Collections;

namespace ReasonIR.Retrieval.Tests.Collections;

/// <summary>Runs alone: it measures the memory of the whole process.</summary>
[CollectionDefinition(nameof(ReaderMemoryTests), DisableParallelization = true)]
[Collection(nameof(ReaderMemoryTests))]
public sealed class ReaderMemoryTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Holds_a_line_at_a_time_in_memory()
    {
        // 64 MB of lines from a stream that makes them as they are read.
        const int lines = 64_000;
        var line = System.Text.Encoding.UTF8.GetBytes($"{{\"t\":\"{new string('x', 990)}\"}}\n");
        await using var stream = new RepeatingStream(line, lines);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        long count = 0, largest = 0;
        await foreach (var document in JsonLinesReader.ReadDocumentsAsync(stream, "l", new("t"), cancellation: Cancellation))
        {
            if (++count % 8000 == 0)
                largest = Math.Max(largest, GC.GetTotalMemory(forceFullCollection: true));
            Assert.Equal(990, document.Text.Length);
        }
        Assert.Equal(lines, count);
        Assert.True(largest - before < 16 << 20, $"{largest - before} bytes are held");
    }

    sealed class RepeatingStream(byte[] part, int times) : Stream
    {
        long position;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(buffer.Length, (long)part.Length * times - position);
            for (var i = 0; i < count; i++)
                buffer.Span[i] = part[(position + i) % part.Length];
            position += count;
            return new(count);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

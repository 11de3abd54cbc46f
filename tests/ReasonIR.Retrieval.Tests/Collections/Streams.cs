using System.IO.Compression;
using System.Text;

namespace ReasonIR.Retrieval.Tests.Collections;

/// <summary>Streams as readers meet them: in pieces of any size, not seekable, plain or gzip.</summary>
static class Streams
{
    public static Stream Of(string text, int piece = int.MaxValue) => Of(Encoding.UTF8.GetBytes(text), piece);

    public static Stream Of(byte[] bytes, int piece = int.MaxValue) => new Pieces(bytes, piece);

    public static Stream Gzip(string text) => Of(GzipBytes(text));

    public static byte[] GzipBytes(string text)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    /// <summary>Only asynchronous reads, as of an upload.</summary>
    sealed class Pieces(byte[] bytes, int piece) : Stream
    {
        int position;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(Math.Min(piece, buffer.Length), bytes.Length - position);
            bytes.AsMemory(position, count).CopyTo(buffer);
            position += count;
            return new(count);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("Synchronous read of an upload.");
        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

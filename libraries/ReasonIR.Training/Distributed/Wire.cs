using System.Buffers.Binary;
using System.Net.Sockets;

namespace ReasonIR.Training.Distributed;

/// <summary>
/// One connection of a process group. A message is a header (what operation, its number, the payload's bytes; 24 bytes, little endian)
/// and a payload whose length the receiver knows beforehand or bounds. Every read and write ends within the timeout.
/// </summary>
sealed class Wire(Socket socket, string peer, TimeSpan timeout) : IDisposable
{
    const uint Magic = 0x52_49_52_31;
    const int HeaderBytes = 24;

    public string Peer => peer;

    public Socket Socket => socket;

    /// <summary>Whether the other end is closed and all that it sent has been read. Does not wait.</summary>
    public bool IsClosed
    {
        get
        {
            try
            {
                return socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    public async Task SendAsync(int operation, long number, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), operation);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), number);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), payload.Length);
        await WriteAsync(header, cancellationToken);
        await WriteAsync(payload, cancellationToken);
    }

    /// <summary>Receives the message of an operation into a buffer that it must fill.</summary>
    public async Task ReceiveAsync(int operation, long number, Memory<byte> payload, CancellationToken cancellationToken)
    {
        var length = await HeaderAsync(operation, number, cancellationToken);
        if (length != payload.Length)
            throw new WorkerLostException($"{peer} sent {length} bytes; {payload.Length} were expected: the processes are not at the same step of the same run.");
        await ReadAsync(payload, cancellationToken);
    }

    /// <summary>Receives a message of at most <paramref name="most"/> bytes.</summary>
    public async Task<byte[]> ReceiveAsync(int operation, long number, int most, CancellationToken cancellationToken)
    {
        var length = await HeaderAsync(operation, number, cancellationToken);
        if (length > most)
            throw new WorkerLostException($"{peer} sent {length} bytes; at most {most} were expected.");
        var payload = new byte[length];
        await ReadAsync(payload, cancellationToken);
        return payload;
    }

    async Task<long> HeaderAsync(int operation, long number, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderBytes];
        await ReadAsync(header, cancellationToken);
        var (magic, found, at, length) = (BinaryPrimitives.ReadUInt32LittleEndian(header), BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4)),
            BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(8)), BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(16)));
        if (magic != Magic || length < 0)
            throw new WorkerLostException($"{peer} does not speak this protocol.");
        return found == operation && at == number
            ? length
            : throw new WorkerLostException($"{peer} is at operation {found} number {at}, this process at {operation} number {number}: they do not run the same program on the same batches.");
    }

    async Task ReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        while (into.Length > 0)
        {
            var read = await GuardedAsync(stop => socket.ReceiveAsync(into, stop), "answer", cancellationToken);
            into = read > 0 ? into[read..] : throw new WorkerLostException($"{peer} closed the connection.");
        }
    }

    async Task WriteAsync(ReadOnlyMemory<byte> from, CancellationToken cancellationToken)
    {
        while (from.Length > 0)
            from = from[await GuardedAsync(stop => socket.SendAsync(from, stop), "take what was sent", cancellationToken)..];
    }

    async Task<int> GuardedAsync(Func<CancellationToken, ValueTask<int>> work, string verb, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(timeout);
        try
        {
            return await work(stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new WorkerLostException($"{peer} did not {verb} within {timeout}.");
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new WorkerLostException($"{peer} is lost: {error.Message}", error);
        }
    }

    public void Dispose() => socket.Dispose();
}

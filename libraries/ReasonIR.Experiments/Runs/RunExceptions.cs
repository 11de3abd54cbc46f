using System.Net.Sockets;
using Npgsql;

namespace ReasonIR.Experiments.Runs;

/// <summary>Another worker has the run, or it has ended: nothing that this worker writes counts anymore.</summary>
public sealed class LeaseLostException(long runId, long fence)
    : Exception($"run {runId}: this worker's lease (number {fence}) is lost");

/// <summary>An error that may pass: the run is tried again after a pause while it has attempts left.</summary>
public sealed class TransientRunException(string message, Exception? inner = null) : Exception(message, inner);

static class RunFailure
{
    /// <summary>Whether trying again may help.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        TransientRunException => true,
        NpgsqlException database => database.IsTransient,
        HttpRequestException http => http.StatusCode is null or >= System.Net.HttpStatusCode.InternalServerError
            or System.Net.HttpStatusCode.TooManyRequests or System.Net.HttpStatusCode.RequestTimeout,
        SocketException or TimeoutException => true,
        _ when exception.InnerException is { } inner => IsTransient(inner),
        _ => false,
    };
}

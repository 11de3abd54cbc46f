using System.Text;
using System.Text.Json;
using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Batches;

/// <summary>A request of this process that waits for its batch.</summary>
sealed class BatchWaiter(string hash, ChatRequest request, CallPurpose purpose, CancellationToken gone)
{
    public string Hash => hash;

    public ChatRequest Request => request;

    public BatchLine Line => new(hash, purpose);

    /// <summary>Whoever asked does not wait any more.</summary>
    public bool IsGone => gone.IsCancellationRequested;

    /// <summary>Times it was sent.</summary>
    public int Sent { get; set; }

    /// <summary>The server refused the schema: it is asked in words.</summary>
    public bool InWords { get; set; }

    /// <summary>Ends when the answer is in the cache, or with the reason why there is none.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The line of the batch file, with its end.</summary>
    public byte[] Write(ChatSettings settings, StructuredOutput mode)
    {
        var body = RequestBody.Write(request, settings, mode);
        return [.. Encoding.UTF8.GetBytes($$"""{"custom_id":{{JsonSerializer.Serialize(hash)}},"method":"POST","url":"/v1/chat/completions","body":"""), .. body.Span, .. "}\n"u8];
    }
}

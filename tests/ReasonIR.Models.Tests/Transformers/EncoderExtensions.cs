using Xunit;

namespace ReasonIR.Models.Tests.Transformers;

static class EncoderExtensions
{
    /// <summary>The vectors of some texts; ends with the test.</summary>
    public static float[] Vectors(this ITextEncoder encoder, IReadOnlyList<string> texts) => encoder.Encode(texts, cancellationToken: TestContext.Current.CancellationToken);
}

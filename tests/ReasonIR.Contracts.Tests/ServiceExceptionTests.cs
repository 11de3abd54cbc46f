using System.Net;
using System.Text;

namespace ReasonIR.Contracts.Tests;

public sealed class ServiceExceptionTests
{
    [Theory]
    [InlineData("""{"title":"Bad Request","detail":"top: expected 1 to 1000"}""", "top: expected 1 to 1000")]
    [InlineData("""{"title":"Not found"}""", "Not found")]
    [InlineData("""{"error":{"message":"There is no model 'x'."}}""", "There is no model 'x'.")]
    [InlineData("<html>", "503")]
    [InlineData("[]", "503")]
    public async Task Says_what_the_service_said(string body, string expected)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Content = new StringContent(body, Encoding.UTF8), RequestMessage = new(HttpMethod.Get, "http://search/x") };
        var error = await Assert.ThrowsAsync<ServiceException>(() => ServiceException.ThrowIfFailedAsync(response, TestContext.Current.CancellationToken));
        Assert.Contains(expected, error.Message);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, error.Status);
    }
}

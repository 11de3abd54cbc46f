using Microsoft.Playwright;

namespace ReasonIR.EndToEnd;

/// <summary>Debian's Chromium, without a window.</summary>
public sealed class Browser : IAsyncDisposable
{
    const string Chromium = "/usr/bin/chromium";

    readonly IPlaywright playwright;
    readonly IBrowser browser;

    Browser(IPlaywright playwright, IBrowser browser) => (this.playwright, this.browser) = (playwright, browser);

    /// <summary>Starts it; skips the calling test, with the reason, where it is not installed.</summary>
    public static async Task<Browser> StartAsync()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"needs {Chromium} (./reasonir setup test)");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium,
            Args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        return new(playwright, browser);
    }

    /// <summary>A page of the portal; whatever the browser complains about fails the test at the end.</summary>
    public async Task<IPage> OpenAsync(Uri portal, List<string> complaints)
    {
        var page = await browser.NewPageAsync(new() { BaseURL = portal.ToString(), ViewportSize = new() { Width = 1440, Height = 900 } });
        page.SetDefaultTimeout(60_000);
        page.PageError += (_, error) => complaints.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                complaints.Add(message.Text);
        };
        return page;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }
}
